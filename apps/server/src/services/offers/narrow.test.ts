import type { OfferView } from '@neb/sdk/contract';
import { expect, test } from 'vitest';
import { asked } from './names.ts';
import { type Narrow, narrowed } from './narrow.ts';

const offer = (type: string, more: Partial<OfferView> = {}): OfferView => ({ type, platform: 'aws', region: 'us-east-1', accelerator: 'L4', count: 1, memory_gib: 24, available: 'unknown', from: 'live', ...more });

const offers = [
  offer('eight', { accelerator: 'H100_SXM', count: 8, memory_gib: 80, price_per_hour: '23.6', spot_price_per_hour: '10' }),
  offer('unpriced', { also_in: ['eu-west-1', 'sa-east-1'] }),
  offer('dear', { price_per_hour: '0.9' }),
  offer('cheap', { price_per_hour: '0.39', region: 'EU-RO-1' }),
  offer('gone', { price_per_hour: '0.39', available: 'no' }),
  offer('there', { price_per_hour: '0.39', available: 'yes' }),
  offer('spot only', { spot_price_per_hour: '0.2' }),
  offer('none', { accelerator: undefined, memory_gib: undefined, count: 0, price_per_hour: '0' }),
];

test.each<readonly [what: string, narrow: Narrow, types: readonly string[]]>([
  ['everything: the cheapest first, of equal ones what is in stock, and what has no price last', {}, ['none', 'spot only', 'there', 'cheap', 'gone', 'dear', 'eight', 'unpriced']],
  ['a name', { accelerators: [asked('h100')] }, ['eight']],
  ['any of several names', { accelerators: [asked('H100'), asked('L40S')] }, ['eight']],
  ['a name with another count', { accelerators: [asked('4:H100')] }, []],
  ['memory', { memoryGiB: 40 }, ['eight']],
  ['memory that is just enough', { memoryGiB: 80 }, ['eight']],
  ['a count', { count: 8 }, ['eight']],
  ['a region in any case', { region: 'eu-ro-1' }, ['cheap']],
  ['another region of the same figures', { region: 'sa-east-1' }, ['unpriced']],
  ['spot, by its own price', { spot: true }, ['spot only', 'eight']],
  ['no spot', { spot: false, accelerators: [asked('L4')] }, ['there', 'cheap', 'gone', 'dear', 'unpriced']],
  ['a price, of whichever market', { maxPrice: '10', accelerators: [asked('H100')] }, ['eight']],
  ['a price that only spot keeps to, without spot', { maxPrice: '10', spot: false, accelerators: [asked('H100')] }, []],
  ['a price that is reached exactly, and nothing without one', { maxPrice: '0.39', accelerators: [asked('L4')] }, ['spot only', 'there', 'cheap', 'gone']],
])('%s', (_, narrow, types) => {
  expect(narrowed(offers, narrow).map(({ type }) => type)).toEqual(types);
});

test('an offer of several regions becomes one of the region that is asked for', () => {
  const [found] = narrowed(offers, { region: 'eu-west-1' });
  expect(found).toMatchObject({ type: 'unpriced', region: 'eu-west-1' });
  expect(found).not.toHaveProperty('also_in');
});

test('the order is that of prices on demand, or of spot prices where those are asked for', () => {
  const two = [offer('firm', { price_per_hour: '3', spot_price_per_hour: '2' }), offer('loose', { price_per_hour: '4', spot_price_per_hour: '1' })];
  expect(narrowed(two, {}).map(({ type }) => type)).toEqual(['firm', 'loose']);
  expect(narrowed(two, { spot: true }).map(({ type }) => type)).toEqual(['loose', 'firm']);
});
