import type { AcceleratorCount } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { devicesOf, type Gpus } from './gpus.ts';
import { factsIn, type HostFacts } from './host-facts.ts';
import { offersOf } from './offers.ts';

const gib = 2 ** 30;
const bare = factsIn({ NCPU: 8, MemTotal: 31.3 * gib, Runtimes: { runc: {} } }, []);
const nvidia = factsIn({ NCPU: 8, MemTotal: 64 * gib, Runtimes: { runc: {}, nvidia: {} } }, []);
const counted = factsIn({ Runtimes: { nvidia: {} }, GenericResources: [0, 1].map((at) => ({ NamedResourceSpec: { Kind: 'NVIDIA-GPU', Value: `GPU-${at}` } })) }, []);
const declared = factsIn({ Runtimes: { nvidia: {} } }, [{ name: 'L4', count: 1, memoryGiB: 24 }, { name: 'A100_SXM', count: 2 }]);

const offers = (facts: HostFacts, accelerators: readonly AcceleratorCount[] = [], free?: readonly string[]) =>
  offersOf({ host: 'here', facts: { read: async () => facts }, gpus: { free: async () => free } as unknown as Gpus }, { accelerators });
const told = async (...from: Parameters<typeof offers>) => (await offers(...from)).map(({ id, available }) => `${id} ${available}`);

describe('a host offers', () => {
  it('what its engine reports, for nothing', async () => {
    expect(await offers(bare)).toEqual([{ id: 'here', region: 'here', cpus: 8, memoryGiB: 31.3, pricePerHour: '0', spot: false, available: 'yes' }]);
  });

  it('no accelerator that it lacks', async () => {
    expect(await told(bare, [{ name: 'L4', count: 1 }])).toEqual([]);
    expect(await told(declared, [{ name: 'H100_SXM', count: 1 }])).toEqual([]);
    expect(await told(declared, [{ name: 'L4', count: 2 }])).toEqual([]);
    expect(await told(counted, [{ name: 'L4', count: 3 }])).toEqual([]);
  });

  it('GPUs of a kind that nobody told it as unknown', async () => {
    expect(await told(nvidia, [{ name: 'L4', count: 1 }])).toEqual(['here:L4:1 unknown']);
    expect(await told(counted, [{ name: 'L4', count: 2 }], ['0', '1'])).toEqual(['here:L4:2 unknown']);
  });

  it('those its operator declared, as long as they are free', async () => {
    expect(await told(declared, [], ['0', '1', '2'])).toEqual(['here yes', 'here:L4:1 yes', 'here:A100_SXM:2 yes']);
    expect(await told(declared, [{ name: 'A100', count: 1 }], ['2'])).toEqual(['here:A100_SXM:1 yes']);
    expect(await told(declared, [{ name: 'L4', count: 1 }], ['1', '2'])).toEqual(['here:L4:1 no']);
  });

  it('its devices in the order they were declared', () => {
    expect(devicesOf(declared, 'L4')).toEqual(['0']);
    expect(devicesOf(declared, 'A100_SXM')).toEqual(['1', '2']);
    expect(devicesOf(counted, 'any')).toEqual(['0', '1']);
  });
});
