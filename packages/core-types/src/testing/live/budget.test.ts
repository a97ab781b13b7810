import { expect, test } from 'vitest';
import type { Offer } from '../../offer.ts';
import { affordable, costAtMost } from './budget.ts';

const offer = (id: string, pricePerHour: string, more: Partial<Offer> = {}): Offer => ({ id, region: 'eu', pricePerHour, spot: false, available: 'yes', ...more });
const budget = { maxUsd: '0.5', extrasPerHour: '0.1', ms: 1_800_000 };
const chosen = (...offers: readonly Offer[]) => affordable(offers, budget).map(({ id }) => id);

test.each([
  ['1', '0', 3_600_000, '1'],
  ['0.9', '0.1', 1_800_000, '0.5'],
  ['0.000000001', '0', 1, '0.000000001'],
  ['0', '0', 3_600_000, '0'],
])('$%s an hour with $%s beside it are for %i ms $%s', (pricePerHour, extrasPerHour, ms, cost) => {
  expect(costAtMost(pricePerHour, { extrasPerHour, ms })).toBe(cost);
});

test('what is affordable comes cheapest first, up to the last nano of the limit', () => {
  expect(chosen(offer('dear', '0.900000001'), offer('limit', '0.9'), offer('cheap', '0.2'))).toEqual(['cheap', 'limit']);
});

test.each([
  ['spot, which may go at any time', offer('x', '0.1', { spot: true })],
  ['what is sold out', offer('x', '0.1', { available: 'no' })],
  ['what costs nothing, and so is not what is meant', offer('x', '0')],
])('never %s', (_, other) => {
  expect(chosen(other, offer('y', '0.2', { available: 'unknown' }))).toEqual(['y']);
  expect(() => chosen(other)).toThrow('nothing is on offer');
});

test('a limit below the cheapest is told with what that would cost', () => {
  expect(() => chosen(offer('dear', '4'), offer('less', '2'))).toThrow('the cheapest offer, less, costs $2 an hour, and 30 minutes of it up to $1.05: more than the $0.5 of NEB_LIVE_MAX_USD');
});
