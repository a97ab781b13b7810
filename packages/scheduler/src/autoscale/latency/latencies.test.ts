import { describe, expect, test } from 'vitest';
import { type Latencies, latencyAt, withLatencies } from './latencies.ts';

const seconds = (count: number, look: (nth: number) => readonly number[]): Latencies | undefined =>
  Array.from({ length: count }, (_, nth) => look(nth)).reduce<Latencies | undefined>((known, latenciesMs, nth) => withLatencies(known, { at: nth * 1_000, answered: latenciesMs.length, latenciesMs }), undefined);

describe('the times of the last answers', () => {
  test.each([[0.5, 500], [0.95, 950], [0.99, 990]])('have their value at %d within a tenth', (share, ms) => {
    const known = seconds(1, () => Array.from({ length: 1_000 }, (_, nth) => nth + 1));
    expect(latencyAt(share, known)! / ms).toBeGreaterThan(0.9);
    expect(latencyAt(share, known)! / ms).toBeLessThan(1.1);
  });

  test('follow what changes within seconds where many come', () => {
    const known = seconds(40, (nth) => Array<number>(50).fill(nth < 20 ? 100 : 2_000));
    expect(latencyAt(0.5, known)).toBeGreaterThan(1_500);
    expect(latencyAt(0.95, seconds(20, (nth) => Array<number>(50).fill(nth < 2 ? 2_000 : 100)))).toBeLessThan(130);
  });

  test('of which few come are not judged by one of them', () => {
    expect(latencyAt(0.95, seconds(60, (nth) => [nth === 59 ? 5_000 : 100]))).toBeLessThan(130);
    expect(latencyAt(0.95, seconds(60, (nth) => [nth > 50 ? 5_000 : 100]))).toBeGreaterThan(4_000);
  });

  test('that stand for more answers count as those', () => {
    const known = withLatencies(withLatencies(undefined, { at: 0, answered: 90, latenciesMs: [100] }), { at: 0, answered: 10, latenciesMs: [3_000] });
    expect(latencyAt(0.85, known)).toBeLessThan(130);
    expect(latencyAt(0.95, known)).toBeGreaterThan(2_400);
  });

  test('are none of none', () => {
    expect(latencyAt(0.95, seconds(3, () => []))).toBeUndefined();
  });
});
