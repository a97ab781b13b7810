import { NebError, type Offer, type OfferQuery, type Provider } from '@neb/core-types';
import { fakeClock, memoryCloud } from '@neb/core-types/testing';
import { describe, expect, test } from 'vitest';
import { offersView as offersOf, type OffersOptions } from './offers.ts';

const clock = fakeClock();
const offersView = (options: OffersOptions, input: Parameters<ReturnType<typeof offersOf>>[0]) => offersOf(options)(input);

/** A platform that tells of one of each accelerator, and of more only where it is asked for as many, as clouds do. */
function platform(name: string, offers: (query: OfferQuery) => readonly Offer[]): Provider {
  return { ...memoryCloud({ clock }).provider, name, async *offers(query) { yield* offers(query); } };
}

const l4 = (more: Partial<Offer> = {}): Offer => ({ id: 'one', region: 'here', accelerator: { name: 'L4', count: 1, memoryGiB: 24 }, pricePerHour: '0.4', spot: false, available: 'yes', ...more });
const broken = platform('runpod', () => { throw new NebError('unauthorized', 'RunPod refuses the API key: no', { hint: 'Set RUNPOD_API_KEY.' }); });
const mine = platform('docker', () => [l4({ pricePerHour: '0' })]);
const options = (...providers: readonly Provider[]) => ({ providers, clock });

describe('what could be had', () => {
  test('is live of platforms that are set up, and the catalogue\'s of others', async () => {
    const { offers, unanswered } = await offersView(options(platform('runpod', () => [l4()])), { accelerators: ['L4'] });
    expect(offers[0]).toEqual({ platform: 'runpod', region: 'here', accelerator: 'L4', count: 1, memory_gib: 24, price_per_hour: '0.4', available: 'yes', from: 'live', as_of: expect.any(String) });
    expect(offers.filter(({ platform: name }) => name === 'runpod')).toHaveLength(1);
    expect(offers.find(({ platform: name }) => name === 'aws')).toMatchObject({ from: 'catalogue', type: 'g6.xlarge', price_per_hour: '0.8048', source: 'sooddvs/gpu-pricing', as_of: '2026-06-15', available: 'unknown' });
    expect(unanswered).toEqual([]);
  });

  test('of a platform that refuses is the catalogue\'s, with why, and the others go on', async () => {
    const { offers, unanswered } = await offersView(options(broken, mine), {});
    expect(offers[0]).toMatchObject({ platform: 'docker', from: 'live' });
    expect(offers.find(({ platform: name }) => name === 'runpod')).toMatchObject({ from: 'catalogue' });
    expect(unanswered).toEqual([{ platform: 'runpod', code: 'unauthorized', message: 'RunPod refuses the API key: no', hint: 'Set RUNPOD_API_KEY.' }]);
  });

  test('is told at spot too of a platform that tells of it only to who asks', async () => {
    const cloud = { ...platform('runpod', ({ spot = false }) => [l4({ id: spot ? 'two' : 'one', spot, pricePerHour: spot ? '0.1' : '0.4' })]), traits: { idempotency: 'native', spot: true } as const };
    expect((await offersView(options(cloud), { platform: 'runpod' })).offers).toMatchObject([{ price_per_hour: '0.4', spot_price_per_hour: '0.1' }]);
  });

  test('is asked for in that number', async () => {
    const cloud = platform('runpod', ({ accelerators }) => (accelerators ? accelerators.map(({ name, count }) => l4({ id: `${count}`, accelerator: { name, count } })) : [l4(), l4({ id: 'other', accelerator: { name: 'T4', count: 1 } })]));
    const found = async (input: Parameters<typeof offersView>[1]) => (await offersView(options(cloud), { platform: 'runpod', ...input })).offers.map(({ accelerator, count }) => `${count}:${accelerator}`);
    expect(await found({})).toEqual(['1:L4', '1:T4']);
    expect(await found({ accelerators: ['4:L4'] })).toEqual(['4:L4']);
    expect(await found({ count: 2, accelerators: ['T4'] })).toEqual(['2:T4']);
  });

  test('in two markets is one line with two prices', async () => {
    const both = [l4(), l4({ id: 'spot', spot: true, pricePerHour: '0.1' }), l4({ id: 'elsewhere', region: 'there', spot: true, pricePerHour: '0.2' }), l4({ id: 'community', pricePerHour: '0.3' })];
    const { offers } = await offersView(options(platform('runpod', () => both)), { platform: 'runpod' });
    expect(offers.map(({ region, price_per_hour: onDemand, spot_price_per_hour: spot }) => [region, onDemand, spot])).toEqual([['there', undefined, '0.2'], ['here', '0.3', undefined], ['here', '0.4', '0.1']]);
  });
});

test('a platform is asked once, however many look', async () => {
  let calls = 0;
  const look = offersOf(options(platform('runpod', () => {
    calls++;
    return [l4()];
  })));
  await Promise.all([look({}), look({ accelerators: ['L4'] }), look({ platform: 'runpod', count: 1 })]);
  expect(calls).toBe(1);
  clock.advance(15_000);
  await look({});
  expect(calls).toBe(2);
});

describe('a platform asked for by name', () => {
  test('that refuses says why', async () => {
    await expect(offersView(options(broken, mine), { platform: 'runpod' })).rejects.toMatchObject({ code: 'unauthorized', hint: 'Set RUNPOD_API_KEY.' });
  });

  test('goes by its other names too', async () => {
    const { offers } = await offersView(options(), { platform: 'ec2', accelerators: ['H100'] });
    expect(offers.every(({ platform: name, accelerator }) => name === 'aws' && accelerator === 'H100_SXM')).toBe(true);
    expect(offers.length).toBeGreaterThan(1);
  });

  test.each([['memroy', 'invalid'], ['kube', 'unsupported'], ['ssh', 'unsupported']])('%s, of which nothing is known, is %s', async (name, code) => {
    await expect(offersView(options(mine), { platform: name })).rejects.toMatchObject({ code });
  });

  test('may have nothing to offer', async () => {
    expect(await offersView(options(platform('docker', () => [])), { platform: 'docker' })).toEqual({ offers: [], unanswered: [] });
  });
});

test('an accelerator that nobody sells is told with the nearest names, and one that others have is not', async () => {
  await expect(offersView(options(mine), { accelerators: ['H10'] })).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('Did you mean "') });
  await expect(offersView(options(mine), { accelerators: ['H100'], platform: 'docker' })).rejects.toMatchObject({ code: 'not_found', message: 'docker sells no accelerator "H100".' });
  expect(await offersView(options(mine), { accelerators: ['H100'], maxPrice: '0.01' })).toMatchObject({ offers: [] });
});
