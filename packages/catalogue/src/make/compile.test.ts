import { expect, test } from 'vitest';
import type { Figure, Listing, Row } from '../figure.ts';
import { compile } from './compile.ts';

const article = { platform: 'aws', type: 'g6.xlarge', accelerator: 'L4', count: 1, memoryGB: 24, cpus: 4, ramGiB: 16 };
const source = { name: 'a list', date: '2026-06-15' };
const figure = (more: Partial<Figure> = {}): Figure => ({ ...article, source, region: 'us-east-1', market: 'on-demand', pricePerHour: '0.8', ...more });
const listing: Listing = { ...article, source: { name: 'a table' }, regions: ['us-east-1', 'eu-west-1', 'sa-east-1'] };

test('prices of both markets make one row, and regions with the same prices are one row too', () => {
  const figures = [figure({ market: 'spot', pricePerHour: '0.3' }), figure(), figure({ region: 'us-east-2', pricePerHour: '0.80' }), figure({ region: 'us-east-2', market: 'spot', pricePerHour: '0.3' }), figure({ region: 'eu-west-1' })];
  expect(compile({ listings: [], figures })).toEqual({
    held: [],
    rows: [{ ...article, source, regions: ['us-east-1', 'us-east-2'], onDemand: '0.8', spot: '0.3' }, { ...article, source, regions: ['eu-west-1'], onDemand: '0.8' }],
  });
});

test('what is sold where no price is known is a row without one, with its own source', () => {
  expect(compile({ listings: [listing], figures: [figure()] }).rows).toEqual([
    { ...article, source, regions: ['us-east-1'], onDemand: '0.8' },
    { ...article, source: { name: 'a table' }, regions: ['eu-west-1', 'sa-east-1'] },
  ]);
});

test('a figure that fails is held back with its reason, and the article is listed without it', () => {
  const { rows, held } = compile({ listings: [listing], figures: [figure({ pricePerHour: '0' }), figure({ region: 'eu-west-1' }), figure({ region: 'eu-west-1', market: 'spot', pricePerHour: '0.9' })] });
  expect(rows).toEqual([{ ...article, source, regions: ['eu-west-1'], onDemand: '0.8' }, { ...listing, regions: ['us-east-1', 'sa-east-1'] }]);
  expect(held.map(({ region, market, reason }) => [region, market, reason])).toEqual([
    ['us-east-1', 'on-demand', 'costs nothing'], ['eu-west-1', 'spot', 'is $0.9 as spot, more than the $0.8 on demand'],
  ]);
});

test('a jump waits for a second look, with the earlier figure served until then', () => {
  const before: Row = { ...article, source: { name: 'a list', date: '2026-01-01' }, regions: ['us-east-1'], onDemand: '0.8' };
  const jumped = { listings: [], figures: [figure({ pricePerHour: '4.5' })], earlier: [before] };
  expect(compile(jumped)).toMatchObject({ rows: [before], held: [{ pricePerHour: '4.5', reason: expect.stringContaining('was $0.8 before') }] });
  // However often it is made anew, it does not slip in.
  expect(compile({ ...jumped, earlier: compile(jumped).rows })).toMatchObject({ rows: [before] });
  expect(compile({ ...jumped, confirmed: ['aws/g6.xlarge/us-east-1/on-demand'] })).toMatchObject({ rows: [{ onDemand: '4.5', source }], held: [] });
});
