import { expect, test } from 'vitest';
import { fleet } from './fleet.ts';

test('who waits for a replica that refused gets it although its pause ends in the middle of a look', async () => {
  let [time, step] = [0, 0];
  const replicas = fleet(
    { id: 'a', kind: 'Service', namespace: 'n', name: 'a', owner: 'o', hosts: [], replicas: [{ id: 'r', origin: 'http://127.0.0.1:1' }], holdMs: 1_000, meters: [] },
    { now: () => (time += step), random: () => 0, zone: undefined, waiting: { count: 0, bytes: 0, most: 10, mostBytes: 1_000 }, asking: { count: 0 }, wake: async () => undefined, wakeAgainMs: 1_000 },
  );
  const first = replicas.take()!;
  replicas.judge(first, { kind: 'refused' });
  replicas.release(first);
  // The pause is over at 5 ms: before the first time that is asked for from here on it is not, after it it is.
  [time, step] = [first.notBefore - 0.5, 0.3];
  expect(await replicas.wait({ forMs: 500, bytes: 1, first: true, signal: new AbortController().signal })).toBe(first);
  replicas.release(first);
  replicas.close();
});
