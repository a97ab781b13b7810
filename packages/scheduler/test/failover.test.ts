import { NebError } from '@neb/core-types';
import { afterEach, expect, test } from 'vitest';
import { type Stage, stage } from './harness.ts';
import { type Shop, shop } from './shop.ts';

let on: Stage | undefined;
afterEach(() => on?.stop());

function town(): { readonly s: Stage; readonly cheap: Shop; readonly dear: Shop } {
  const s = (on = stage());
  const [cheap, dear] = [shop('cheap', s.clock, { eu: '1', us: '1.5' }), shop('dear', s.clock, { eu: '3' })];
  s.start({ ...s.world, providers: [cheap.provider, dear.provider] });
  return { s, cheap, dear };
}

const full = new NebError('no_capacity', 'none is left');
const l4 = { accelerators: ['L4'] };

test('what one place has not is had from the next at once, and every try is told', async () => {
  const { s, cheap } = town();
  cheap.refusal = full;
  await s.create({ id: 'a', spec: l4 });
  await s.pass(400, 100);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'dear', attempts: 3, cost_per_hr: '3' });
  expect((await s.store.attempts('a')).map(({ platform, region, reason }) => `${platform} ${region} ${reason}`).slice(-2)).toEqual(['cheap us NoCapacity', 'cheap eu NoCapacity']);
  expect(await s.events('a')).toEqual(expect.arrayContaining(['NoCapacity', 'Placed', 'Started']));
});

test('what one container learnt of a place the next one knows, and it is tried again once it has rested', async () => {
  const { s, cheap } = town();
  cheap.refusal = full;
  await s.create({ id: 'a', spec: l4 });
  await s.pass(400, 100);
  for (let n = 0; n < 20; n++) await s.create({ id: `b${n}`, spec: l4 });
  await s.pass(400, 100);
  expect(cheap.creates).toBe(2);
  cheap.refusal = undefined;
  await s.pass(30_000);
  await s.create({ id: 'c', spec: l4 });
  await s.pass(400, 100);
  expect((await s.get('c')).status).toMatchObject({ status: 'running', platform: 'cheap' });
});

test('where there is none anywhere it says so, and waits without asking again and again', async () => {
  const { s, cheap, dear } = town();
  cheap.refusal = dear.refusal = full;
  for (let n = 0; n < 20; n++) await s.create({ id: `a${n}`, spec: l4 });
  await s.pass(600_000);
  // A few at first, then one at a time as each place is due again: not twenty.
  expect(cheap.creates + dear.creates).toBeLessThan(100);
  expect((await s.get('a0')).status.message).toMatch(/none is left|had no l4-\w+ in \w+ when it was asked; it is asked again in \d+ s/);
  dear.refusal = undefined;
  await s.pass(600_000);
  for (let n = 0; n < 20; n++) expect((await s.get(`a${n}`)).status).toMatchObject({ status: 'running', platform: 'dear' });
});

test('a platform that does not know our key is named, others go on, and it is asked again in a minute', async () => {
  const { s, cheap, dear } = town();
  cheap.refusal = new NebError('unauthorized', 'cheap does not accept the key: set CHEAP_API_KEY');
  await s.create({ id: 'a', spec: l4 });
  await s.create({ id: 'only', spec: { ...l4, platform: 'cheap' } });
  await s.pass(20_000);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'dear' });
  expect(await s.said('only')).toContain('set CHEAP_API_KEY');
  expect(cheap.creates).toBeLessThanOrEqual(2);
  cheap.refusal = undefined;
  await s.pass(90_000);
  expect((await s.get('only')).status).toMatchObject({ status: 'running', platform: 'cheap' });
  expect(dear.creates).toBe(1);
});

test('what turns out to cost more than it may is ended, and the next place is tried', async () => {
  const { s, cheap, dear } = town();
  cheap.price = '7';
  await s.create({ id: 'a', spec: { ...l4, max_price: 5 as unknown as string } });
  await s.pass(20_000, 100);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'dear' });
  expect(await s.events('a')).toContain('PriceAboveMax');
  const left = [];
  for await (const instance of cheap.provider.list({ fleet: await s.store.fleet() })) left.push(instance);
  expect(left).toEqual([]);
  expect(dear.creates).toBe(1);
});

test('a price that is within bounds is shown as it is', async () => {
  const { s, cheap } = town();
  cheap.price = '1.25';
  await s.create({ id: 'a', spec: l4 });
  await s.pass(2_000, 100);
  expect((await s.get('a')).status).toMatchObject({ status: 'running', platform: 'cheap', cost_per_hr: '1.25', attempt: { price_per_hour: '1.25' } });
});
