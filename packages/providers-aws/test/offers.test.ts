import { collect, type OfferQuery } from '@neb/core-types';
import { expect, it } from 'vitest';
import { world } from './world.ts';

const both = { regions: ['us-east-1', 'eu-west-1'] };
const cpu = { name: 'm7i.large', cpus: 2, memoryGiB: 8, arch: 'x86_64', pricePerHour: { 'us-east-1': '0.1008' } } as const;

it.each<[string, OfferQuery, readonly string[]]>([
  ['everything that has a price, cheapest first', {}, ['us-east-1/m7i.large/on-demand 0.1008', 'us-east-1/g6.xlarge/on-demand 0.8048', 'us-east-1/g6e.xlarge/on-demand 1.861', 'us-east-1/g6.12xlarge/on-demand 4.6016', 'us-east-1/p4d.24xlarge/on-demand 21.9576', 'us-east-1/p4de.24xlarge/on-demand 27.4471', 'us-east-1/p5.48xlarge/on-demand 55.04']],
  ['an accelerator', { accelerators: [{ name: 'L4', count: 1 }] }, ['us-east-1/g6.xlarge/on-demand 0.8048', 'us-east-1/g6.12xlarge/on-demand 4.6016']],
  ['so many of it', { accelerators: [{ name: 'L4', count: 2 }] }, ['us-east-1/g6.12xlarge/on-demand 4.6016']],
  ['a family', { accelerators: [{ name: 'H100', count: 8 }] }, ['us-east-1/p5.48xlarge/on-demand 55.04']],
  ['none that nobody sells', { accelerators: [{ name: 'H100', count: 16 }] }, []],
  ['spot, by its lowest price in each region', { accelerators: [{ name: 'L4', count: 1 }], spot: true }, ['us-east-1/g6.xlarge/spot 0.3', 'eu-west-1/g6.xlarge/spot 0.3218', 'us-east-1/g6.12xlarge/spot 1.987']],
  ['a region', { regions: ['eu-west-1'], spot: true }, ['eu-west-1/m7i.large/spot 0.041', 'eu-west-1/g6.xlarge/spot 0.3218', 'eu-west-1/g6e.xlarge/spot 0.812']],
  ['no region that is not set up', { regions: ['eu-north-1'] }, []],
])('offers %s', async (_, query, expected) => {
  await using w = await world({ options: { ...both, types: [cpu] } });
  w.cloud.catalogue.setSpotPrice('g6.xlarge', 'us-east-1b', '0.3000');
  expect((await collect(w.provider.offers({ spot: false, ...query }))).map(({ id, pricePerHour }) => `${id} ${pricePerHour}`)).toEqual(expected);
});

it('an offer says what is in the machine, and that only a purchase shows whether one is free', async () => {
  await using w = await world();
  const [offer] = await collect(w.provider.offers({ spot: false, accelerators: [{ name: 'A100_SXM_40GB', count: 8 }] }));
  expect(offer).toEqual({
    id: 'us-east-1/p4d.24xlarge/on-demand', region: 'us-east-1', accelerator: { name: 'A100_SXM_40GB', count: 8, memoryGiB: 40 }, cpus: 96, memoryGiB: 1152, pricePerHour: '21.9576', spot: false, available: 'unknown',
  });
});

it('which zones have what is asked once an hour', async () => {
  await using w = await world();
  const asked = () => w.cloud.exchanges.filter(({ action }) => action === 'DescribeInstanceTypeOfferings').length;
  await collect(w.provider.offers({}));
  await collect(w.provider.offers({}));
  expect(asked()).toBe(1);
  w.clock.advance(3_600_000);
  await collect(w.provider.offers({}));
  expect(asked()).toBe(2);
});
