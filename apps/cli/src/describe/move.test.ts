import type { MoveView } from '@neb/sdk';
import { expect, test } from 'vitest';
import { moveSections } from './move.ts';

const here = { platform: 'docker', region: 'local', price_per_hour: '2' };
const there = { platform: 'podman', region: 'rack-2', price_per_hour: '1' };
const whole: MoveView = {
  decision: 'stay', why: 'it came where it is lately', here, there, takes: { known: 'measured', took_ms: 61_000, down_ms: 45_200, size_bytes: 64 * 2 ** 20 },
  costs: '0.03', saves_per_hour: '1', break_even_ms: 480_000, remaining_ms: 3_600_000, cheaper_for_ms: 720_000,
};
const facts = (move: MoveView | undefined) => moveSections(move).flatMap((section) => ('facts' in section ? section.facts.filter(([, value]) => value !== undefined) : []));

test('a move is shown with its break-even', () => {
  expect(facts(whole)).toEqual([
    ['Here', 'docker (local) at $2/h'], ['There', 'podman (rack-2) at $1/h'], ['Takes', '1m1s, and it stands still for 46s of it; 67.1 MB (measured at its last move)'],
    ['Costs', '$0.03, and saves $1 an hour: pays for itself in 8m'], ['Runs on', 'about 1h more'], ['Cheaper for', '12m'], ['Decision', 'stays: it came where it is lately'],
  ]);
});

test('what is not known is left out', () => {
  expect(facts({ decision: 'stay', why: 'it is paused, and only what runs is moved' })).toEqual([['Decision', 'stays: it is paused, and only what runs is moved']]);
  expect(facts({ decision: 'stay', why: 'there is no other platform', here })).toEqual([['Here', 'docker (local) at $2/h'], ['There', 'nowhere'], ['Decision', 'stays: there is no other platform']]);
  expect(facts({ ...whole, decision: 'move', takes: { known: 'assumed', took_ms: 30_000, down_ms: 30_000 } })).toContainEqual(['Takes', '30s, and it stands still for 30s of it (assumed)']);
  expect(moveSections(undefined)).toEqual([]);
});
