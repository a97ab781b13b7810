import { describe, expect, test } from 'vitest';
import { buckets } from './buckets.ts';
import { fakeClock } from './testing/index.ts';

describe('a bucket', () => {
  test('lets a burst through, then as many a second as it says, and tells how long to wait', () => {
    const clock = fakeClock();
    const all = buckets({ perSecond: 10, burst: 3 }, clock);
    expect([1, 2, 3, 4].map(() => all.take('a'))).toEqual([0, 0, 0, 100]);
    clock.advance(99);
    expect(all.take('a')).toBeGreaterThan(0);
    clock.advance(1);
    expect([all.take('a'), all.take('a')]).toEqual([0, 100]);
    clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => all.take('a'))).toEqual([0, 0, 0, 100]);
  });

  test('is each key\'s own', () => {
    const all = buckets({ perSecond: 1, burst: 1 }, fakeClock());
    expect([all.take('a'), all.take('b'), all.take('a')]).toEqual([0, 0, 1_000]);
  });

  test('serves what costs more than it can hold when it is full', () => {
    const clock = fakeClock();
    const all = buckets({ perSecond: 10, burst: 5 }, clock);
    expect([all.take('a', 50), all.take('a', 50)]).toEqual([0, 500]);
    clock.advance(500);
    expect(all.take('a', 50)).toBe(0);
  });

  test('is unmoved by a clock that goes back', () => {
    const clock = fakeClock();
    const all = buckets({ perSecond: 1, burst: 1 }, { ...clock, now: () => -clock.now() });
    all.take('a');
    clock.advance(10_000);
    expect(all.take('a')).toBe(1_000);
  });

  test('is forgotten where ten thousand others have asked since, and kept where it goes on asking', () => {
    const all = buckets({ perSecond: 0.001, burst: 1 }, fakeClock());
    all.take('busy');
    all.take('idle');
    for (let at = 0; at < 20_000; at++) {
      all.take(`other-${at}`);
      if (at % 1_000 === 0) all.take('busy');
    }
    expect(all.size).toBe(10_000);
    expect(all.take('busy')).toBeGreaterThan(0);
    expect(all.take('idle')).toBe(0);
  });
});
