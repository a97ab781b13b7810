import { expect, test } from 'vitest';
import type { Worker } from './crew.ts';
import { type Asked, planCrew } from './plan-crew.ts';

const launched = { number: 1, intended_at: '2026-01-01T00:00:00Z' };

/** Only what a plan looks at. */
function worker(id: string, { launched: isLaunched = true, ...more }: Partial<Worker> & { readonly launched?: boolean } = {}): Worker {
  const container = { id, seq: Number(id.slice(1)), status: { attempt: isLaunched ? launched : undefined } } as unknown as Worker['container'];
  return { container, is: 'ready', pending: 0, consumers: [], current: true, ...more };
}

const plan = (workers: readonly Worker[], { desired, strangers = 0, asked = { says: 'nothing', sinceMs: 0 } }: { readonly desired: number; readonly strangers?: number; readonly asked?: Asked }) => {
  const { create, drain, remove } = planCrew({ workers, strangers }, { desired, mayStart: true, asked: () => asked });
  const ids = (some: readonly Worker[]): readonly string[] => some.map(({ container }) => container.id);
  return { create, drain: ids(drain), remove: ids(remove) };
};

test.for<{ readonly what: string; readonly workers: readonly Worker[]; readonly with: Parameters<typeof plan>[1]; readonly plan: ReturnType<typeof plan> }>([
  { what: 'one that may run by now is asked first, whatever was seen of it last', workers: [worker('w1', { is: 'starting', pending: undefined })], with: { desired: 0 }, plan: { create: 0, drain: ['w1'], remove: [] } },
  { what: 'one that no platform was asked for goes at once', workers: [worker('w1', { is: 'starting', pending: undefined, launched: false })], with: { desired: 0 }, plan: { create: 0, drain: [], remove: ['w1'] } },
  { what: 'of two the one that holds nothing is asked', workers: [worker('w1'), worker('w2', { pending: 1 })], with: { desired: 1 }, plan: { create: 0, drain: ['w1'], remove: [] } },
  { what: 'one that was just asked may take more', workers: [worker('w1', { drainingSince: 1 })], with: { desired: 0, asked: { says: 'nothing', sinceMs: 9_000 } }, plan: { create: 0, drain: [], remove: [] } },
  { what: 'one that says nothing for long goes', workers: [worker('w1', { drainingSince: 1 })], with: { desired: 0, asked: { says: 'nothing', sinceMs: 10_000 } }, plan: { create: 0, drain: [], remove: ['w1'] } },
  { what: 'but never while it holds a message', workers: [worker('w1', { drainingSince: 1, pending: 1 })], with: { desired: 0, asked: { says: 'nothing', sinceMs: 10_000_000 } }, plan: { create: 0, drain: [], remove: [] } },
  { what: 'or may be the stranger that does', workers: [worker('w1', { drainingSince: 1, pending: undefined })], with: { desired: 0, strangers: 1, asked: { says: 'nothing', sinceMs: 10_000_000 } }, plan: { create: 0, drain: [], remove: [] } },
  { what: 'one that says that it is done goes', workers: [worker('w1', { drainingSince: 1 })], with: { desired: 0, asked: { says: 'drained', sinceMs: 100 } }, plan: { create: 0, drain: [], remove: ['w1'] } },
  { what: 'one that starts has the time to see that it was asked', workers: [worker('w1', { is: 'starting', drainingSince: 1, pending: undefined })], with: { desired: 0, asked: { says: 'nothing', sinceMs: 1_000 } }, plan: { create: 0, drain: [], remove: [] } },
  { what: 'and then goes', workers: [worker('w1', { is: 'starting', drainingSince: 1, pending: undefined })], with: { desired: 0, asked: { says: 'nothing', sinceMs: 2_500 } }, plan: { create: 0, drain: [], remove: ['w1'] } },
])('$what', ({ workers, with: wanted, plan: expected }) => {
  expect(plan(workers, wanted)).toEqual(expected);
});
