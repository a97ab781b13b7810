import { expect, test } from 'vitest';
import { batches } from './batches.ts';

const limits = { most: 3, mostBytes: 100, bytesOf: (n: number) => n };

/** Batches that are done when they are told to be. */
function byHand(together?: number) {
  const begun: { readonly items: readonly number[]; readonly before: Promise<unknown> | undefined; readonly done: (results: readonly string[]) => void; readonly fail: (error: Error) => void }[] = [];
  const ask = batches<number, string>((items, before) => new Promise((done, fail) => begun.push({ items, before, done, fail })), { ...limits, together });
  const names = (): string[] => begun.map(({ items }) => items.join(' '));
  const finish = async (nth: number): Promise<void> => {
    begun[nth]!.done(begun[nth]!.items.map(String));
    await settled();
  };
  return { ask, begun, names, finish };
}

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

test('what is asked for at one time goes together, what comes meanwhile in the next batch', async () => {
  const { ask, names, finish } = byHand();
  const both = Promise.all([ask([1]), ask([2])]);
  await settled();
  const more = ask([3]);
  await settled();
  expect(names()).toEqual(['1 2']);
  await finish(0);
  expect(names()).toEqual(['1 2', '3']);
  await finish(1);
  expect([await both, await more]).toEqual([[['1'], ['2']], ['3']]);
});

test('full batches go beside another, others wait', async () => {
  const { ask, begun, names, finish } = byHand(2);
  const first = ask([1, 2, 3, 4, 5]);
  const second = ask([6, 7, 8]);
  await settled();
  expect(names()).toEqual(['1 2 3', '4 5 6']);
  expect(begun.map(({ before }) => before !== undefined)).toEqual([false, true]);
  await finish(1);
  expect(names()).toEqual(['1 2 3', '4 5 6']);
  await finish(0);
  expect(names()).toEqual(['1 2 3', '4 5 6', '7 8']);
  await finish(2);
  expect([await first, await second]).toEqual([['1', '2', '3', '4', '5'], ['6', '7', '8']]);
});

test('bytes end a batch, and one that is larger than all goes alone', async () => {
  const { ask, names, finish } = byHand();
  const all = ask([60, 50, 200, 1]);
  await settled();
  for (const nth of [0, 1, 2, 3]) await finish(nth).catch(() => undefined);
  expect(names()).toEqual(['60', '50', '200', '1']);
  expect(await all).toEqual(['60', '50', '200', '1']);
});

test('after a failure the rest of what was asked is not begun, and others go on', async () => {
  const { ask, begun, names, finish } = byHand();
  const failing = expect(ask([1, 2, 3, 4])).rejects.toThrow('no');
  const other = ask([5]);
  await settled();
  begun[0]!.fail(new Error('no'));
  await failing;
  await settled();
  await finish(1);
  expect(names()).toEqual(['1 2 3', '5']);
  expect(await other).toEqual(['5']);
});

test('nothing is done at once', async () => {
  expect(await byHand().ask([])).toEqual([]);
});
