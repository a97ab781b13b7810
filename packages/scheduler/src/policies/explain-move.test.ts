import { expect, test } from 'vitest';
import type { Target } from '../container/move/target.ts';
import { moveReason, type Reasons } from './explain-move.ts';
import type { MoveVerdict } from './worth-moving.ts';

const minute = 60_000;
const policy = { cheaperBy: 0.3, holdMs: 10 * minute, mostAnHour: 1 };
const stay: Target = { do: 'stay', why: 'there is no other platform' };
const balance = { savesPerHour: 1, costs: 0.13, breakEvenMs: 8 * minute };

test.each<[string, MoveVerdict, Partial<Reasons['prices']> & { readonly heldMs?: number }]>([
  ['a move pays for itself in 8m', { move: true, ...balance }, {}],
  ['there is no other platform', { move: false, why: 'nowhere' }, {}],
  ['the other place costs 12.5 % less, and it moves for 30% less', { move: false, why: 'not cheaper' }, { herePerHour: 2, therePerHour: 1.75 }],
  ['the other place costs no less, and it moves for 30% less', { move: false, why: 'not cheaper' }, { herePerHour: 0, therePerHour: 3 }],
  ['the other place has been cheaper for 4m, and must have been for 10m', { move: false, why: 'too new', ...balance }, { heldMs: 4 * minute }],
  ['this server has not seen the other place cheaper before, and must have been for 10m', { move: false, why: 'too new', ...balance }, {}],
  ['it is expected to run on for 20m; a move pays for itself in 8m and takes 3m, and the run must promise twice both', { move: false, why: 'too late', ...balance }, {}],
  ['it came where it is lately, and stays 40m more: it moves once an hour at most', { move: false, why: 'moved lately', lookAgainMs: 40 * minute, ...balance }, {}],
  ['it came where it is lately, and stays 10m more: it moves 3 times an hour at most', { move: false, why: 'moved lately', lookAgainMs: 10 * minute, ...balance }, { policy: { ...policy, mostAnHour: 3 } }],
])('%s', (words, verdict, { heldMs, ...prices }) => {
  const reasons: Reasons = { prices: { policy, target: stay, herePerHour: 2, therePerHour: 1, ...prices }, weighing: { verdict, remainingMs: 20 * minute, time: { tookMs: 3 * minute } }, heldMs };
  expect(moveReason({ spec: { migrate: { when_cheaper_by: '30%' } } }, reasons)).toBe(words);
});
