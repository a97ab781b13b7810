import { fakeClock, seededRandom } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import { type Fault, faults, type Occasion, type When } from './faults.ts';

const create: Occasion = { operation: 'createPod', accelerator: 'L4', region: 'EU' };
const set = (fault: Fault, when?: When, seed = 1) => {
  const clock = fakeClock();
  const script = faults(clock, seededRandom(seed));
  const takeBack = script.add(fault, when);
  return { clock, script, takeBack, happens: (occasion = create) => script.take(fault.kind, occasion) !== undefined };
};

describe('a fault happens', () => {
  it('whenever it can, by default', () => {
    const { happens } = set({ kind: 'empty_wallet' });
    expect([happens(), happens(), happens()]).toEqual([true, true, true]);
  });

  it('so many times', () => {
    const { happens } = set({ kind: 'empty_wallet' }, { times: 2 });
    expect([happens(), happens(), happens()]).toEqual([true, true, false]);
  });

  it('at its operation', () => {
    const { happens } = set({ kind: 'lost_answer' }, { operation: 'createPod' });
    expect([happens({ operation: 'listPods' }), happens()]).toEqual([false, true]);
  });

  it('in its time', () => {
    const { clock, happens } = set({ kind: 'expired_key' }, { afterMs: 1_000, forMs: 1_000 });
    const seen = [happens()];
    for (const ms of [1_000, 999, 1]) {
      clock.advance(ms);
      seen.push(happens());
    }
    expect(seen).toEqual([false, true, true, false]);
  });

  it('in its place', () => {
    const { happens } = set({ kind: 'no_capacity', accelerator: 'L4', region: 'EU' });
    expect([happens(), happens({ ...create, region: 'US' }), happens({ ...create, accelerator: 'T4' })]).toEqual([true, false, false]);
  });

  it('by chance, and the same again with the same seed', () => {
    const drawn = (seed: number) => {
      const { happens } = set({ kind: 'lost_request' }, { chance: 0.3 }, seed);
      return Array.from({ length: 1_000 }, () => happens());
    };
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
    expect(drawn(7).filter(Boolean).length / 1_000).toBeCloseTo(0.3, 1);
  });

  it('until it is taken back', () => {
    const { happens, takeBack, script } = set({ kind: 'empty_wallet' });
    takeBack();
    expect(happens()).toBe(false);
    script.add({ kind: 'empty_wallet' });
    script.clear();
    expect(happens()).toBe(false);
  });
});
