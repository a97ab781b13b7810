import { seededRandom } from '@neb/core-types/testing';
import { fraction } from '@neb/core-types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Lease, WorkQueue } from '../../src/work/work-queue.ts';
import { type Ground, leaseMs, newContainer, type NewGround } from './ground.ts';

const settled = (lease: Lease) => ({ lease, failed: false });
const failed = (lease: Lease, againAfterMs?: number) => ({ lease, failed: true, againAfterMs });

/** What every work queue promises. */
export function queueCases(newGround: NewGround): void {
  let ground: Ground;
  let queue: WorkQueue;
  beforeEach(async () => {
    ground = await newGround();
    queue = ground.queue('Container');
  });
  afterEach(() => ground[Symbol.asyncDispose]());
  const take = async (limit = 10): Promise<readonly Lease[]> => await queue.take(limit);
  const taken = async (limit = 10): Promise<string[]> => (await take(limit)).map(({ key }) => key);

  test('asking twice is asking once', async () => {
    await queue.add('a');
    await queue.add('a');
    const [lease, ...more] = await take();
    expect([lease?.key, more]).toEqual(['a', []]);
    expect(await queue.release([settled(lease!)])).toEqual([true]);
    expect(await take()).toEqual([]);
  });

  test('asked again while leased, it is looked at again after, never at once', async () => {
    await queue.add('a');
    const [lease] = await take();
    await queue.add('a');
    expect(await take()).toEqual([]);
    await queue.release([settled(lease!)]);
    expect(await taken()).toEqual(['a']);
  });

  test('of two asks the earlier counts', async () => {
    await queue.add('a', 50_000);
    await queue.add('a', 20_000);
    await queue.add('a', 90_000);
    await ground.elapse(10_000);
    expect(await take()).toEqual([]);
    await ground.elapse(10_000);
    expect(await taken()).toEqual(['a']);
  });

  test('those due longest come first, and no more than asked for', async () => {
    for (const [key, afterMs] of [['c', 3_000], ['a', 1_000], ['d', 90_000], ['b', 2_000]] as const) await queue.add(key, afterMs);
    await ground.elapse(10_000);
    expect(await taken(2)).toEqual(['a', 'b']);
    expect(await taken(5)).toEqual(['c']);
  });

  test('counts failures in a row, keeps the count while the key rests, and forgets it on success', async () => {
    await queue.add('a');
    const [first] = await take();
    await queue.release([failed(first!, 0)]);
    const [second] = await take();
    expect(second!.failures).toBe(1);
    await queue.release([failed(second!)]);
    await queue.add('a');
    const [third] = await take();
    expect(third!.failures).toBe(2);
    await queue.release([{ ...settled(third!), againAfterMs: 0 }]);
    expect((await take())[0]!.failures).toBe(0);
  });

  test('looks again after the delay it was given, or sooner if asked', async () => {
    await queue.add('a');
    await queue.release([{ ...settled((await take())[0]!), againAfterMs: 50_000 }]);
    await ground.elapse(20_000);
    expect(await take()).toEqual([]);
    await queue.add('a');
    expect(await taken()).toEqual(['a']);
  });

  test('a lease that runs out passes to another worker, and the first is told', async () => {
    await queue.add('a');
    const [first] = await take();
    await ground.elapse(leaseMs + 1);
    const [second] = await take();
    expect(second!.key).toBe('a');
    expect(await queue.release([settled(first!), settled(second!)])).toEqual([false, true]);
    expect(await queue.release([settled(second!)])).toEqual([false]);
  });

  test('a lease that is renewed lasts on, and one that ran out is not given back by it', async () => {
    await queue.add('a');
    await queue.add('b');
    const [a, b] = (await take()).toSorted((one, other) => one.key.localeCompare(other.key));
    await ground.elapse(leaseMs - 10_000);
    await queue.renew([a!]);
    await ground.elapse(20_000);
    const [again] = await take();
    expect(again!.key).toBe('b');
    await queue.renew([b!]);
    expect(await queue.release([settled(b!), settled(a!), settled(again!)])).toEqual([false, true, true]);
  });

  test('says when the next key is due or a lease runs out', async () => {
    const near = async (ms: number): Promise<void> => {
      const next = await queue.nextDueMs();
      expect(next).toBeLessThanOrEqual(ms);
      expect(next).toBeGreaterThan(ms - 2_000);
    };
    expect(await queue.nextDueMs()).toBeUndefined();
    await queue.add('a', 30_000);
    await near(30_000);
    await queue.add('b');
    expect(await queue.nextDueMs()).toBe(0);
    const [lease] = await take();
    await near(30_000);
    await ground.elapse(30_000);
    const [other] = await take();
    await near(leaseMs - 30_000);
    await queue.release([settled(lease!), settled(other!)]);
    expect(await queue.nextDueMs()).toBeUndefined();
  });

  test('keys of another kind are none of its business', async () => {
    await ground.queue('Secret').add('a');
    expect(await take()).toEqual([]);
    expect((await ground.queue('Secret').take(1)).map(({ key }) => key)).toEqual(['a']);
  });

  test('a commit that wakes a key makes it due with what it wrote', async () => {
    await ground.store.commit([{ do: 'put', resource: newContainer('c1') }, { do: 'wake', kind: 'Container', id: 'c1' }, { do: 'wake', kind: 'Secret', id: 's1', afterMs: 60_000 }]);
    expect(await taken()).toEqual(['c1']);
    expect(await ground.queue('Secret').take(1)).toEqual([]);
  });

  describe('hints', () => {
    test('come when a key is asked for, or a commit wakes one', async () => {
      const signal = AbortSignal.timeout(5_000);
      const first = queue.hint(signal);
      await queue.add('a');
      await first;
      await queue.take(1);
      const second = queue.hint(signal);
      await ground.store.commit([{ do: 'wake', kind: 'Container', id: 'b' }]);
      await second;
      expect(signal.aborted).toBe(false);
    });

    test('what was asked for before the wait is not missed', async () => {
      const signal = AbortSignal.timeout(5_000);
      await queue.add('a');
      await queue.hint(signal);
      expect(signal.aborted).toBe(false);
    });

    test('end when the signal aborts, and come once for one ask', async () => {
      await queue.add('a');
      await queue.hint(AbortSignal.timeout(5_000));
      const stop = new AbortController();
      let over = false;
      const hint = queue.hint(stop.signal).then(() => { over = true; });
      await new Promise((resolve) => { setImmediate(resolve); });
      expect(over).toBe(false);
      stop.abort();
      await hint;
    });
  });

  test.for([1, 2, 3, 4, 5])('in any order of operations no key is leased twice, and none is lost (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const pick = (below: number): number => Math.floor(fraction(random) * below);
    const held = new Map<string, Lease>();
    /** Keys that must still come, and those of them that were asked for during a lease. */
    const owed = new Set<string>();
    const queues = [queue, ground.replica ? (await ground.replica()).queue('Container') : queue];

    for (let step = 0; step < 150; step++) {
      const key = `k${pick(8)}`;
      const from = queues[pick(2)]!;
      switch (pick(5)) {
        case 0: case 1:
          await Promise.all(Array.from({ length: 1 + pick(3) }, () => from.add(key, pick(3) * 500)));
          owed.add(key);
          break;
        case 2: {
          const leases = (await Promise.all(queues.map((each) => each.take(1 + pick(3))))).flat();
          for (const lease of leases) {
            expect(held.has(lease.key), `${lease.key} leased twice at step ${step}`).toBe(false);
            expect(owed.has(lease.key), `${lease.key} leased unasked at step ${step}`).toBe(true);
            held.set(lease.key, lease);
            owed.delete(lease.key);
          }
          break;
        }
        case 3: {
          const leases = [...held.values()].slice(0, 1 + pick(3));
          const again = pick(2) === 0;
          const answers = await from.release(leases.map((lease) => ({ lease, failed: pick(2) === 0, ...(again && { againAfterMs: pick(2_000) }) })));
          expect(answers).toEqual(leases.map(() => true));
          for (const lease of leases) {
            held.delete(lease.key);
            if (again) owed.add(lease.key);
          }
          break;
        }
        default:
          await ground.elapse(pick(1_000));
      }
    }
    await queue.release([...held.values()].map(settled));
    await ground.elapse(10_000);
    expect(new Set(await taken(100))).toEqual(owed);
  });
}
