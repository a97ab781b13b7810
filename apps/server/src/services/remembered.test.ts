import { fakeClock } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('what is asked for again within the time is made once, by key, failures too', async () => {
  const clock = fakeClock();
  const keep = remembered<number>(clock, 1_000);
  let made = 0;
  const ask = (key: string) => keep(key, async () => {
    if (key === 'bad') throw new Error(`no ${++made}`);
    return ++made;
  });
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual([1, 1, 2]);
  await expect(ask('bad')).rejects.toThrow('no 3');
  clock.advance(999);
  expect(await ask('a')).toBe(1);
  await expect(ask('bad')).rejects.toThrow('no 3');
  clock.advance(1);
  expect(await ask('a')).toBe(4);
});
