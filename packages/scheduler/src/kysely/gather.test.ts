import { expect, test } from 'vitest';
import { gather } from './gather.ts';

/** A gathering whose rounds end when the test says so. */
function held(lanes: number, limit: number) {
  const rounds: { readonly items: readonly number[]; readonly gate: PromiseWithResolvers<void> }[] = [];
  const ask = gather<number, number>({
    lanes,
    limit,
    async round(items) {
      const gate = Promise.withResolvers<void>();
      rounds.push({ items, gate });
      await gate.promise;
      return items.map((item) => (item < 0 ? { error: new Error(`no ${item}`) } : { value: item * 2 }));
    },
  });
  const turn = async (): Promise<void> => await new Promise((resolve) => { setImmediate(resolve); });
  return { rounds, ask, turn };
}

test('what is asked for in one turn goes together, and what comes meanwhile goes next', async () => {
  const { rounds, ask, turn } = held(1, 10);
  const first = [ask(1), ask(2)];
  await turn();
  const second = [ask(3), ask(4), ask(5)];
  await turn();
  expect(rounds.map(({ items }) => items)).toEqual([[1, 2]]);
  rounds[0]!.gate.resolve();
  expect(await Promise.all(first)).toEqual([2, 4]);
  await turn();
  rounds[1]!.gate.resolve();
  expect(await Promise.all(second)).toEqual([6, 8, 10]);
  expect(rounds.map(({ items }) => items)).toEqual([[1, 2], [3, 4, 5]]);
});

test('one that fails leaves the others be, and a round that fails fails all of it and no other', async () => {
  const { rounds, ask, turn } = held(1, 2);
  const all = Promise.allSettled([ask(1), ask(-1), ask(2), ask(3)]);
  await turn();
  rounds[0]!.gate.resolve();
  await turn();
  rounds[1]!.gate.reject(new Error('gone'));
  expect((await all).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason)))).toEqual([2, 'Error: no -1', 'Error: gone', 'Error: gone']);
});

test('no more rounds than lanes are under way, and none takes more than its limit', async () => {
  const { rounds, ask, turn } = held(2, 2);
  const all = Promise.all([1, 2, 3, 4, 5].map((n) => ask(n)));
  await turn();
  expect(rounds.map(({ items }) => items)).toEqual([[1, 2], [3, 4]]);
  rounds[1]!.gate.resolve();
  await turn();
  expect(rounds.map(({ items }) => items)).toEqual([[1, 2], [3, 4], [5]]);
  for (const { gate } of rounds) gate.resolve();
  expect(await all).toEqual([2, 4, 6, 8, 10]);
});
