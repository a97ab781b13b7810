import { describe, expect, test } from 'vitest';
import { expectedMs, type MoveFacts, worthMoving } from './worth-moving.ts';

const minute = 60_000;
const hour = 60 * minute;
const facts: MoveFacts = {
  now: 100 * hour, herePerHour: 3, therePerHour: 2, cheaperSince: 99 * hour, remainingMs: 5 * hour,
  time: { tookMs: 3 * minute, downMs: minute }, movedAt: undefined, policy: { cheaperBy: 0.3, holdMs: 10 * minute, mostAnHour: 1 },
};

describe('a container moves', () => {
  test('where the price is lower by enough, for long enough, and it runs on for long enough', () => {
    const verdict = worthMoving(facts);
    // Both places for 3 minutes, and the minute that it stood still once more: 4 minutes of $2 an hour, which $1 an hour pays for in 8.
    expect(verdict).toMatchObject({ move: true, savesPerHour: 1, breakEvenMs: expect.closeTo(8 * minute, 3) });
    expect((verdict as { costs: number }).costs).toBeCloseTo(2 * (4 / 60), 9);
  });
  test('to a place that costs nothing whatever a move takes', () => {
    expect(worthMoving({ ...facts, therePerHour: 0, time: { tookMs: 2 * hour, downMs: 2 * hour }, remainingMs: 4 * hour })).toMatchObject({ move: true, breakEvenMs: 0, costs: 0 });
  });
});

describe('it stays', () => {
  test.each<[string, Partial<MoveFacts>, object]>([
    ['where there is no other place', { therePerHour: undefined }, { why: 'nowhere' }],
    ['where the other costs the same', { therePerHour: 3, policy: { ...facts.policy, cheaperBy: 0 } }, { why: 'not cheaper' }],
    ['where the other is cheaper by less', { therePerHour: 2.2 }, { why: 'not cheaper' }],
    ['where the lower price is new', { cheaperSince: facts.now - 4 * minute }, { why: 'too new', lookAgainMs: 6 * minute }],
    ['where nobody has seen the lower price before', { cheaperSince: undefined }, { why: 'too new', lookAgainMs: 10 * minute }],
    ['where it will not run for twice what pays for the move', { remainingMs: 2 * (8 + 3) * minute - 1 }, { why: 'too late', breakEvenMs: expect.closeTo(8 * minute, 3) }],
    ['where it has moved within the hour', { movedAt: facts.now - 20 * minute }, { why: 'moved lately', lookAgainMs: 40 * minute }],
    ['where the clock went back since it moved', { movedAt: facts.now + 20 * minute }, { why: 'moved lately' }],
  ])('%s', (_, change, expected) => {
    expect(worthMoving({ ...facts, ...change })).toMatchObject({ move: false, ...expected });
  });
});

test('what is expected of a run is as long again as it ran, and no more than its timeout leaves', () => {
  expect(expectedMs({ ranMs: 5 * hour })).toBe(5 * hour);
  expect(expectedMs({ ranMs: 5 * hour, timeoutLeftMs: hour })).toBe(hour);
  expect(expectedMs({ ranMs: 5 * hour, timeoutLeftMs: -hour })).toBe(0);
});
