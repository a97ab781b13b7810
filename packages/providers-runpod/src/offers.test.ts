import { describe, expect, it } from 'vitest';
import { acceleratorOf } from './accelerators.ts';
import { articleOf, offerId } from './offer-id.ts';
import { offersOfCpu, offersOfGpu } from './offers.ts';
import type { GpuType } from './replies.ts';

const a100: GpuType = {
  id: 'NVIDIA A100-SXM4-80GB', name: 'A100 SXM', memory: 80, secure: true, community: true, price: { secure: 1.49, community: 1.39 }, maxCount: { secure: 8, community: 2 },
  availability: 'LOW', dataCenters: [{ id: 'US-KS-2', availability: 'LOW' }, { id: 'US-TX-3', availability: 'NONE' }],
};
const offers = (more: Partial<GpuType> = {}, count = 2, cloud: 'secure' | 'community' = 'secure') => offersOfGpu({ ...a100, ...more }, { count, cloud });

describe('a type of GPU is offered', () => {
  it('in each data centre, with the price of all of it', () => {
    expect(offers()).toEqual([
      { id: 'US-KS-2/secure/gpu/2/NVIDIA A100-SXM4-80GB', region: 'US-KS-2', accelerator: { name: 'A100_SXM', count: 2, memoryGiB: 80 }, pricePerHour: '2.98', spot: false, available: 'yes' },
      { id: 'US-TX-3/secure/gpu/2/NVIDIA A100-SXM4-80GB', region: 'US-TX-3', accelerator: { name: 'A100_SXM', count: 2, memoryGiB: 80 }, pricePerHour: '2.98', spot: false, available: 'no' },
    ]);
  });

  it.each([
    ['no more than a machine has', {}, 4, 'community'],
    ['only in the cloud that has it', { secure: false }, 1, 'secure'],
    ['for no price of nothing', { price: { secure: 0, community: 0 } }, 1, 'secure'],
    ['for no price below it', { price: { secure: -1, community: 1 } }, 1, 'secure'],
  ] as const)('%s', (_, more, count, cloud) => {
    expect(offers(more, count, cloud)).toEqual([]);
  });

  it.each([[1.49, 3, '4.47'], [0.1, 3, '0.3'], [0.4399999976158142, 2, '0.88'], [2, 8, '16']])('at %d for one as %i for %s', (secure, count, price) => {
    expect(offers({ price: { secure, community: 1 } }, count)[0]?.pricePerHour).toBe(price);
  });

  it('once, where there is none, so that its price is known', () => {
    expect(offers({ availability: 'NONE', dataCenters: [] }).map(({ region, available }) => [region, available])).toEqual([['anywhere', 'no']]);
  });
});

it('a flavour of CPU is offered in its sizes, whose stock is known of the smallest', () => {
  const cpu = { id: 'cpu5c', vcpu: { min: 2, max: 8 }, ramGbPerVcpu: 2, price: { securePerVcpu: 0.03 }, availability: 'HIGH', dataCenters: [{ id: 'EU-RO-1', availability: 'HIGH' }] };
  expect(offersOfCpu(cpu).map(({ id, cpus, memoryGiB, pricePerHour, available }) => [id, cpus, memoryGiB, pricePerHour, available])).toEqual([
    ['EU-RO-1/secure/cpu/2/cpu5c', 2, 4, '0.06', 'yes'], ['EU-RO-1/secure/cpu/4/cpu5c', 4, 8, '0.12', 'unknown'], ['EU-RO-1/secure/cpu/8/cpu5c', 8, 16, '0.24', 'unknown'],
  ]);
});

it.each([
  { kind: 'gpu', type: 'NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb', count: 8, cloud: 'SECURE', dataCenter: 'US-KS-2' },
  { kind: 'cpu', type: 'cpu5c', count: 32, cloud: 'COMMUNITY', dataCenter: undefined },
] as const)('an offer is bought by its id alone: %o', (article) => {
  expect(articleOf({ id: offerId(article) })).toEqual(article);
});

it.each([[''], ['local'], ['a/b/c'], ['US-KS-2/secure/tpu/1/x']])('"%s" is no offer of ours', (id) => {
  expect(() => articleOf({ id })).toThrow(expect.objectContaining({ code: 'invalid' }));
});

it.each([
  ['NVIDIA A100 80GB PCIe', 'A100 PCIe', 'A100_PCIe'], ['NVIDIA A100-SXM4-80GB', 'A100 SXM', 'A100_SXM'], ['NVIDIA H100 80GB HBM3', 'H100 SXM', 'H100_SXM'],
  ['NVIDIA H200', 'H200 SXM', 'H200_SXM'], ['NVIDIA H200 NVL', 'H200 NVL', 'H200_NVL'], ['AMD Instinct MI300X OAM', 'MI300X', 'MI300X'],
  ['NVIDIA GeForce RTX 4090', 'RTX 4090', 'RTX_4090'], ['NVIDIA RTX 4000 SFF Ada Generation', 'RTX 4000 Ada SFF', 'RTX_4000_Ada_SFF'], ['NVIDIA X1000', 'NVIDIA X1000', 'X1000'],
])('%s (%s) is %s', (id, name, expected) => {
  expect(acceleratorOf({ id, name })).toBe(expected);
});
