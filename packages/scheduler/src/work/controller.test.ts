import { type Clock, NebError } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { settle } from '../../test/harness.ts';
import { type ControllerOptions, type PassReport, type Reconcile, runController } from './controller.ts';
import { memoryQueue } from './memory-queue.ts';
import type { WorkQueue } from './work-queue.ts';

interface Rig {
  readonly clock: ReturnType<typeof fakeClock>;
  readonly queue: WorkQueue;
  readonly reports: PassReport[];
  /** Calls of the queue, by name. */
  readonly calls: Record<string, number>;
  pass(ms: number, stepMs?: number): Promise<void>;
  stop(): Promise<void>;
}

function run(reconcile: Reconcile, options: Partial<ControllerOptions> & { readonly broken?: (call: string) => boolean } = {}): Rig {
  const clock = fakeClock();
  const random = seededRandom(1);
  const calls: Record<string, number> = {};
  const queue = memoryQueue(clock, random);
  const counted = new Proxy(queue, {
    get: (target, name: keyof WorkQueue) => typeof target[name] !== 'function' ? target[name] : (...args: never[]) => {
      calls[name] = (calls[name] ?? 0) + 1;
      if (options.broken?.(name)) throw new NebError('unavailable', 'the database is down');
      return (target[name] as (...args: never[]) => unknown)(...args);
    },
  });
  const reports: PassReport[] = [];
  const end = new AbortController();
  const over = runController({ queue: counted, reconcile, clock, random, onPass: (report) => reports.push(report), ...options }, end.signal);
  const pass = async (ms: number, stepMs = Math.min(ms, 100)): Promise<void> => {
    await settle();
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(stepMs);
      await settle(5);
    }
  };
  return {
    clock, queue, reports, calls, pass,
    async stop() {
      end.abort();
      await pass(20_000, 1_000);
      await over;
    },
  };
}

test('a key that is asked for is looked at at once, and again when it says so', async () => {
  const at: number[] = [];
  const rig = run(async () => {
    at.push(rig.clock.now());
    return at.length < 3 ? { afterMs: 700 } : undefined;
  });
  await rig.pass(1_000);
  await rig.queue.add('a');
  const start = rig.clock.now();
  await rig.pass(5_000);
  expect(at.map((ms) => ms - start)).toEqual([0, 700, 1_400]);
  await rig.stop();
});

test('as many passes run at once as there are workers, and no key twice', async () => {
  let active = 0;
  let most = 0;
  const rig = run(async () => {
    most = Math.max(most, ++active);
    await rig.clock.sleep(100);
    active--;
  }, { workers: 4 });
  for (let n = 0; n < 20; n++) await rig.queue.add(`k${n}`);
  await rig.pass(2_000, 20);
  expect(most).toBe(4);
  expect(rig.reports).toHaveLength(20);
  // Taken and released together, not one by one.
  expect(rig.calls.take! + rig.calls.release!).toBeLessThan(25);
  await rig.stop();
});

test('an idle queue is asked less than once in ten seconds', async () => {
  const rig = run(async () => {});
  await rig.pass(5_000);
  const before = { ...rig.calls };
  await rig.pass(600_000, 1_000);
  const asked = ['take', 'nextDueMs', 'release', 'add'].map((name) => (rig.calls[name] ?? 0) - (before[name] ?? 0)).reduce((a, b) => a + b);
  expect(asked).toBeLessThan(60);
  await rig.stop();
});

test('a key whose hint was missed is found by the safety poll', async () => {
  const clock = fakeClock();
  const queue: WorkQueue = { ...memoryQueue(clock, seededRandom(1)), hint: (signal) => new Promise((resolve) => { signal.addEventListener('abort', () => resolve()); }) };
  const seen: string[] = [];
  const end = new AbortController();
  const over = runController({ queue, reconcile: async (key) => void seen.push(key), clock, random: seededRandom(1) }, end.signal);
  await settle();
  clock.advance(1_000);
  await settle();
  await queue.add('a');
  for (let n = 0; n < 31; n++) {
    clock.advance(1_000);
    await settle(2);
  }
  expect(seen).toEqual(['a']);
  end.abort();
  await settle();
  await over;
});

test('a failed pass is tried again later and later, one that cannot be helped is not', async () => {
  const at: number[] = [];
  const rig = run(async (key) => {
    if (key === 'hopeless') throw new NebError('invalid', 'no');
    at.push(rig.clock.now());
    throw new NebError('unavailable', 'later');
  });
  await rig.queue.add('a');
  await rig.queue.add('hopeless');
  await rig.pass(20_000);
  const waits = at.slice(1).map((ms, n) => ms - at[n]!);
  expect(waits).toHaveLength(4);
  waits.forEach((ms, n) => {
    expect(ms).toBeGreaterThanOrEqual(1_000 * 2 ** n * 0.8 - 100);
    expect(ms).toBeLessThanOrEqual(1_000 * 2 ** n * 1.2 + 100);
  });
  expect(rig.reports.filter((report) => report.key === 'hopeless').map((report) => report.outcome)).toEqual(['stopped']);
  await rig.stop();
});

test('an error that says when to come back is believed', async () => {
  const at: number[] = [];
  const rig = run(async () => {
    at.push(rig.clock.now());
    throw new NebError('rate_limited', 'slow down', { retryAfterMs: 5_000 });
  });
  await rig.queue.add('a');
  await rig.pass(11_000);
  expect(at.map((ms) => ms - at[0]!)).toEqual([0, 5_000, 10_000]);
  await rig.stop();
});

test('a conflict is looked at again at once, and does not spin', async () => {
  const rig = run(async () => { throw new NebError('conflict', 'stale'); });
  await rig.queue.add('a');
  await rig.pass(60_000);
  expect(rig.reports.length).toBeGreaterThan(12);
  expect(rig.reports.length).toBeLessThan(40);
  expect(new Set(rig.reports.map((report) => report.outcome))).toEqual(new Set(['conflict']));
  await rig.stop();
});

test('a pass that takes too long is cut off; one that does not heed it keeps its key to itself', async () => {
  const rig = run((key, signal) => (key === 'deaf' ? new Promise(() => {}) : new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error)); })), { passTimeoutMs: 2_000 });
  await rig.queue.add('deaf');
  await rig.queue.add('heeds');
  await rig.pass(10_000);
  expect(rig.reports.filter(({ key }) => key === 'deaf').map((report) => report.outcome)).toEqual(['abandoned']);
  expect(rig.reports.filter(({ key }) => key === 'heeds')[0]).toMatchObject({ outcome: 'failed', ms: 2_000 });
  expect((await rig.queue.take(10)).map((lease) => lease.key)).not.toContain('deaf');
  await rig.stop();
});

test('a pass that takes longer than a lease keeps its key from others, and a dead server keeps it no longer than that', async () => {
  let begun = 0;
  const rig = run(() => {
    begun += 1;
    return rig.clock.sleep(25_000);
  });
  await rig.queue.add('a');
  await rig.pass(20_000, 500);
  expect([begun, await rig.queue.take(1)]).toEqual([1, []]);
  await rig.pass(10_000, 500);
  expect(rig.reports).toMatchObject([{ key: 'a', outcome: 'settled' }]);
  await rig.stop();
  await rig.queue.add('b');
  await rig.queue.take(1);
  rig.clock.advance(15_000);
  expect((await rig.queue.take(1)).map(({ key }) => key)).toEqual(['b']);
});

test('a queue that is out of reach for a while costs nothing but time', async () => {
  let down = false;
  const troubles: unknown[] = [];
  const rig = run(async () => {}, { broken: () => down, onTrouble: (error) => troubles.push(error) });
  await rig.pass(1_000);
  down = true;
  await rig.queue.add('a');
  await rig.pass(120_000, 1_000);
  expect(rig.reports).toEqual([]);
  expect(troubles.length).toBeGreaterThan(3);
  expect(troubles.length).toBeLessThan(30);
  down = false;
  await rig.pass(40_000, 1_000);
  expect(rig.reports.map((report) => report.key)).toEqual(['a']);
  await rig.stop();
});

test('a release that failed is made up for', async () => {
  let down = false;
  const rig = run(async () => { down = true; }, { broken: (call) => down && call === 'release' });
  await rig.queue.add('a');
  await rig.pass(1_000);
  await rig.queue.add('a');
  down = false;
  await rig.pass(3_000);
  expect(rig.reports.length).toBe(2);
  await rig.stop();
});

test('stopping takes no new keys and lets passes under way finish', async () => {
  const clock: Clock & { advance(ms: number): void } = fakeClock();
  const queue = memoryQueue(clock, seededRandom(1));
  const done: string[] = [];
  const end = new AbortController();
  const reconcile: Reconcile = async (key) => {
    await clock.sleep(3_000);
    done.push(key);
  };
  const over = runController({ queue, reconcile, clock, random: seededRandom(1), workers: 1 }, end.signal);
  await queue.add('a');
  await queue.add('b');
  await settle();
  end.abort();
  for (let n = 0; n < 5; n++) {
    clock.advance(1_000);
    await settle();
  }
  await over;
  expect(done).toEqual(['a']);
  expect((await queue.take(10)).map((lease) => lease.key)).toEqual(['b']);
});

test('stopping does not wait for ever', async () => {
  const clock = fakeClock();
  const queue = memoryQueue(clock, seededRandom(1));
  const end = new AbortController();
  const over = runController({ queue, reconcile: () => new Promise(() => {}), clock, random: seededRandom(1), drainMs: 2_000, passTimeoutMs: 60_000 }, end.signal);
  await queue.add('a');
  await settle();
  end.abort();
  for (let n = 0; n < 10; n++) {
    clock.advance(1_000);
    await settle();
  }
  await over;
  expect((await queue.take(1)).length).toBe(0);
});
