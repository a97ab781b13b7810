import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import type { MovePolicy } from '../../src/policies/worth-moving.ts';
import { dayMinutes, type Job, type Mover, priceDay, type Run, runJob } from './price-day.ts';

const minute = 60_000;
const policy: MovePolicy = { cheaperBy: 0.2, holdMs: 10 * minute, mostAnHour: 1 };
const job: Job = { from: 0, workMinutes: 18 * 60, time: { tookMs: 4 * minute, downMs: 2 * minute } };
const days = Array.from({ length: 100 }, (_, seed) => priceDay(seededRandom(seed + 1)));

describe('over 100 simulated days of prices, a job of 18 hours', () => {
  const runs = (mover: Mover): readonly Run[] => days.map((day) => runJob(day, job, mover));
  const dollars = (of: readonly Run[]): number => of.reduce((sum, run) => sum + run.dollars, 0) / of.length;
  const moves = (of: readonly Run[]): number => of.reduce((sum, run) => sum + run.moves.length, 0) / of.length;
  const [stays, follows, chases] = [runs('never'), runs(policy), runs('whenever')];

  test('costs less where it is moved as its policy says than where it stays or chases every lower price, moves paid', () => {
    console.log(`dollars, moves: stays ${dollars(stays).toFixed(2)}; as the policy says ${dollars(follows).toFixed(2)}, ${moves(follows).toFixed(1)}; whenever anything is cheaper ${dollars(chases).toFixed(2)}, ${moves(chases).toFixed(1)}`);
    expect(dollars(follows)).toBeLessThan(0.95 * dollars(stays));
    expect(dollars(follows)).toBeLessThan(dollars(chases));
    expect(moves(follows)).toBeGreaterThan(0);
  });

  test('is dearer for it on one day of ten at most, and never by much: a price may rise again after a move', () => {
    const dearer = days.map((_, n) => follows[n]!.dollars / stays[n]!.dollars).filter((ratio) => ratio > 1);
    expect(dearer.length).toBeLessThanOrEqual(10);
    expect(Math.max(1, ...dearer)).toBeLessThan(1.15);
  });
});

test('no hour has more moves than the policy lets it, whatever prices do and however quick moves are', () => {
  const random = seededRandom(11);
  let all = 0;
  for (let n = 0; n < 60; n++) {
    const places = 2 + Math.floor(3 * fraction(random));
    // Prices that mean nothing: each minute another.
    const day = Array.from({ length: dayMinutes }, () => Array.from({ length: places }, () => 10 * fraction(random)));
    const mostAnHour = 1 + Math.floor(4 * fraction(random));
    const time = { tookMs: Math.floor(3 * fraction(random)) * minute, downMs: 0 };
    const { moves } = runJob(day, { from: Math.floor(dayMinutes * fraction(random)), workMinutes: 600, time }, { cheaperBy: fraction(random) / 2, holdMs: 0, mostAnHour });
    all += moves.length;
    for (const at of moves) expect(moves.filter((other) => other >= at && other < at + 60).length).toBeLessThanOrEqual(mostAnHour);
  }
  expect(all).toBeGreaterThan(1_000);
});
