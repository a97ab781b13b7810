import { containerSpec, type Offer } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { type Market, plan } from './plan.ts';

const offer = (id: string, pricePerHour: string, more: Partial<Offer> = {}): Offer => ({ id, region: 'eu', pricePerHour, spot: false, available: 'yes', ...more });
const a100 = { name: 'A100_SXM', count: 2 };
const docker: Market = { platform: 'docker', offers: [offer('local', '0', { cpus: 4, memoryGiB: 16 })] };
const cloud: Market = {
  platform: 'cloud',
  offers: [offer('cpu', '0.1', { cpus: 64, memoryGiB: 256 }), offer('l4', '0.5', { accelerator: { name: 'L4', count: 1 } }), offer('a100', '3', { accelerator: a100 }), offer('a100-spot', '1', { accelerator: a100, spot: true, region: 'us' })],
};

function planned(spec: Readonly<Record<string, unknown>>, ...markets: Market[]): string {
  const chosen = plan(containerSpec.parse(spec), markets.length > 0 ? markets : [docker, cloud]);
  return chosen.do === 'take' ? `${chosen.platform} ${chosen.offer.id}${chosen.accelerator ? ` ${chosen.accelerator.count}:${chosen.accelerator.name}` : ''}` : `${chosen.do} ${chosen.reason}: ${chosen.message}`;
}

describe('a place', () => {
  test.each([
    ['is the cheapest', {}, 'docker local'],
    ['is on the platform that is named', { platform: 'cloud' }, 'cloud cpu'],
    ['has the accelerator', { accelerators: ['L4'] }, 'cloud l4 1:L4'],
    ['has the accelerator wanted most, whatever it costs', { accelerators: ['2:A100_SXM', 'L4'], spot: false }, 'cloud a100 2:A100_SXM'],
    ['has another where that is not to be had', { accelerators: ['8:H100_SXM', 'L4'] }, 'cloud l4 1:L4'],
    ['is never interrupted by surprise', { accelerators: ['2:A100_SXM'] }, 'cloud a100 2:A100_SXM'],
    ['has any of a family', { accelerators: ['2:A100'], spot: true }, 'cloud a100-spot 2:A100_SXM'],
    ['has no more of an accelerator than was asked for', { accelerators: ['1:A100_SXM'], spot: false }, 'cloud a100 1:A100_SXM'],
    ['has room', { resources: { min_memory: '64Gi' } }, 'cloud cpu'],
    ['costs no more than it may', { accelerators: ['2:A100_SXM'], max_price: 2, spot: true }, 'cloud a100-spot 2:A100_SXM'],
    ['is in the region', { region: 'us', accelerators: ['2:A100_SXM'], spot: true }, 'cloud a100-spot 2:A100_SXM'],
  ])('%s', (_, spec, expected) => { expect(planned(spec)).toBe(expected); });

  test.each([
    ['accelerator', { accelerators: ['H200'] }, 'wait NoCapacity: docker: offers nothing with 1:H200; cloud: offers nothing with 1:H200'],
    ['price', { platform: 'cloud', accelerators: ['L4'], max_price: 0.2 }, 'wait NoCapacity: cloud: costs at least $0.5/h where max_price is $0.2'],
    ['cores', { platform: 'docker', resources: { min_cpu: 8 } }, 'wait NoCapacity: docker: has at most 4 cores where min_cpu asks for 8'],
    ['interruption', { platform: 'docker', spot: true }, 'wait NoCapacity: docker: has no interruptible instances'],
    ['region', { platform: 'docker', region: 'us' }, 'wait NoCapacity: docker: offers nothing in region us'],
  ])('that is missing says which constraint is in the way: %s', (_, spec, expected) => { expect(planned(spec)).toBe(expected); });

  test('on an unknown platform is refused, with the nearest name', () => {
    expect(planned({ platform: 'doker' })).toBe('fail UnknownPlatform: "doker" is not a platform of this server. Did you mean "docker"? It has docker, cloud.');
  });
  test('on a platform that lacks something is waited for, and says what', () => {
    expect(planned({ platform: 'runpod' }, { platform: 'runpod', missing: 'set RUNPOD_API_KEY', offers: [] })).toBe('wait PlatformNotReady: runpod: set RUNPOD_API_KEY');
  });
  test('that every platform refuses is refused', () => {
    expect(planned({}, { platform: 'a', refusal: 'no volumes here', offers: [] })).toBe('fail Unsupported: a: no volumes here');
  });
  test('that one platform refuses is found on another', () => {
    expect(planned({}, { platform: 'a', refusal: 'no volumes here', offers: [] }, cloud)).toBe('cloud cpu');
  });
  test('that is taken up says so', () => {
    expect(planned({}, { platform: 'a', offers: [offer('x', '1', { available: 'no' })] })).toBe('wait NoCapacity: a: has x in eu, but none is free');
  });
});
