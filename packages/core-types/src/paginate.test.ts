import { expect, test } from 'vitest';
import { collect, paginate } from './paginate.ts';

const pages = [{ items: [1, 2], next: 'b' }, { items: [], next: 'c' }, { items: [3] }];

/** A cursor API of those pages, which notes what it was asked for. */
function api() {
  const asked: (string | undefined)[] = [];
  return { asked, fetchPage: async (cursor: string | undefined) => (asked.push(cursor), pages[['b', 'c'].indexOf(cursor ?? '') + 1]!) };
}

test('every item comes once and in order, past pages that are empty', async () => {
  const { asked, fetchPage } = api();
  expect(await collect(paginate(fetchPage))).toEqual([1, 2, 3]);
  expect(asked).toEqual([undefined, 'b', 'c']);
});

test('a page is fetched only when the one before is used up', async () => {
  const { asked, fetchPage } = api();
  for await (const item of paginate(fetchPage)) if (item === 2) break;
  expect(asked).toEqual([undefined]);
});

test('a failing page fails the walk', async () => {
  await expect(collect(paginate(() => Promise.reject(new Error('no page'))))).rejects.toThrow('no page');
});
