import type { Offer, Provider } from '@neb/core-types';
import { memoryCloud } from '@neb/core-types/testing';
import { expect, test } from 'vitest';
import { moveOutlook } from '../../src/policies/explain-move.ts';
import { stage } from '../harness.ts';

const minute = 60_000;

/** A container on one cloud, and another cloud of the kind whose price changes. */
async function between(prices: { here: string; there: string }, spec: object) {
  const s = stage({ startMs: 100 });
  const other = memoryCloud({ clock: s.clock, name: 'other', startMs: 100 });
  const at = (provider: Provider, price: () => string): Provider => ({
    ...provider,
    async *offers(query, call) {
      for await (const offer of provider.offers(query, call)) yield { ...offer, pricePerHour: price() } satisfies Offer;
    },
  });
  const world = { ...s.world, priceLooks: new Map(), providers: [at(s.cloud.provider, () => prices.here), at(other.provider, () => prices.there)] };
  s.start(world);
  await s.create({ id: 'a', spec: { restart: 'Always', ...spec } });
  await s.until(async () => (await s.get('a')).status.status === 'running');
  s.cloud.remember((await s.get('a')).status.attempt!.ref as never, 'word');
  const platform = async (): Promise<string | undefined> => (await s.get('a')).status.attempt?.platform;
  const outlook = async () => await moveOutlook(world)(await s.get('a'), new AbortController().signal);
  return { s, other, platform, outlook };
}

test('a container goes on where it is cheaper, once it has been so for a while, with what it held', async () => {
  const prices = { here: '2', there: '3' };
  const { s, other, platform } = await between(prices, { migrate: { when_cheaper_by: '30%' } });
  await s.pass(120 * minute, 15_000);
  expect(await platform()).toBe('memory');
  prices.there = '1.5';
  await s.pass(30 * minute, 15_000);
  expect(await platform()).toBe('memory');
  prices.there = '1';
  await s.pass(8 * minute, 15_000);
  expect(await platform()).toBe('memory');
  await s.pass(15 * minute, 15_000);
  expect(await platform()).toBe('other');
  const { status } = await s.get('a');
  expect(status).toMatchObject({ status: 'running', ready: true, cost_per_hr: '1', restart_count: 0, last_move: { took_ms: expect.any(Number) } });
  expect(other.recall(status.attempt!.ref as never)).toContain('word');
  expect(await s.instances()).toEqual([]);
  expect(await s.events('a')).toEqual(expect.arrayContaining(['Cheaper', 'Moving', 'Moved']));
  await s.stop();
});

test('a price that is halved again and again moves it no oftener than its policy lets them', async () => {
  const prices = { here: '2', there: '2' };
  const { s } = await between(prices, { migrate: { when_cheaper_by: '10%', hold: '1s', most_per_hour: 2 } });
  await s.pass(180 * minute, 15_000);
  for (let n = 0; n < 24; n++) {
    const { platform, price_per_hour: price } = (await s.get('a')).status.attempt!;
    const half = String(Number(price) / 2);
    [prices.here, prices.there] = platform === 'memory' ? [price, half] : [half, price];
    await s.pass(10 * minute, 5_000);
  }
  const { attempts } = (await s.get('a')).status;
  expect(attempts).toBeGreaterThan(4);
  expect(attempts - 1).toBeLessThanOrEqual(8);
  await s.stop();
});

test('one that has just begun, or is about to end, stays', async () => {
  const young = await between({ here: '2', there: '3' }, { migrate: { when_cheaper_by: '30%', hold: '1s' }, platform: undefined });
  await young.s.pass(10_000);
  expect(await young.platform()).toBe('memory');
  await young.s.stop();
  const prices = { here: '2', there: '3' };
  const ending = await between(prices, { migrate: { when_cheaper_by: '30%', hold: '1m' }, timeout: '123m' });
  await ending.s.pass(120 * minute, 15_000);
  prices.there = '1';
  await ending.s.pass(2 * minute, 5_000);
  expect(await ending.platform()).toBe('memory');
  await ending.s.stop();
});

test('what it comes to is told before it is done: where to, at what price, what a move takes, and why it stays or moves', async () => {
  const prices = { here: '2', there: '3' };
  const { s, platform, outlook } = await between(prices, { migrate: { when_cheaper_by: '30%' } });
  await s.pass(120 * minute, 15_000);
  expect(await outlook()).toMatchObject({
    decision: 'stay', why: 'the other place costs no less, and it moves for 30% less', here: { platform: 'memory', pricePerHour: '2' }, there: { platform: 'other', pricePerHour: '3' },
    weighing: { time: { known: 'assumed', bytes: 2 ** 20 }, verdict: { move: false } },
  });
  prices.there = '1';
  await s.pass(8 * minute, 15_000);
  const before = await outlook();
  expect(before).toMatchObject({ decision: 'stay', why: expect.stringMatching(/^the other place has been cheaper for \dm\d*s?, and must have been for 10m$/), there: { pricePerHour: '1' } });
  expect(before!.cheaperForMs).toBeGreaterThan(minute);
  expect(before!.weighing!.verdict.breakEvenMs).toBeGreaterThan(0);
  expect(await platform()).toBe('memory');
  await s.pass(15 * minute, 15_000);
  expect(await platform()).toBe('other');
  // As its move was measured.
  expect(await outlook()).toMatchObject({ decision: 'stay', here: { platform: 'other' }, weighing: { time: { known: 'measured', bytes: 10 * 2 ** 20 } } });
  await s.change('a', { migrate: undefined });
  expect(await outlook()).toBeUndefined();
  await s.stop();
});
