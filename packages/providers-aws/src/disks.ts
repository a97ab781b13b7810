import type { Instance, Volume } from '@aws-sdk/client-ec2';
import { formatMoney, NebError, parseMoney } from '@neb/core-types';
import type { DiskName, Disks } from '@neb/machines';
import { type Calls, filter } from './calls.ts';
import { placeOf, tags, volumeToken } from './names.ts';

/** EBS volumes as disks. */
export interface EbsDisks extends Disks {
  /** The zone in which those of the disks are that exist; `undefined` where none does. Rejects with `no_capacity` where that is not one zone of the region. */
  zoneOf(disks: readonly DiskName[], region: string, signal: AbortSignal | undefined): Promise<string | undefined>;
}

/** What the disks are made with. */
export interface DisksOptions {
  callsIn(region: string): Calls;
  readonly regions: readonly string[];
  readonly volumeGiB: number;
}

const keptStates = ['creating', 'available', 'in-use'];

export function ebsDisks({ callsIn, regions, volumeGiB }: DisksOptions): EbsDisks {
  async function find({ fleet, namespace, volume }: DiskName, region: string, signal: AbortSignal | undefined): Promise<Volume | undefined> {
    const Filters = [filter(`tag:${tags.fleet}`, fleet), filter(`tag:${tags.volume}`, `${namespace}/${volume}`), filter('status', ...keptStates)];
    const found = await callsIn(region).volumes({ Filters }, signal);
    // Of two with one name, always the same is the one.
    return found.toSorted((a, b) => (String(a.VolumeId) < String(b.VolumeId) ? -1 : 1))[0];
  }

  async function make(disk: DiskName, { calls, zone }: { readonly calls: Calls; readonly zone: string }): Promise<Volume> {
    const { fleet, namespace, volume } = disk;
    const Tags = [{ Key: 'Name', Value: `neb ${fleet} ${namespace}/${volume}` }, { Key: tags.fleet, Value: fleet }, { Key: tags.volume, Value: `${namespace}/${volume}` }];
    return await calls.createVolume({
      ClientToken: volumeToken(disk, zone), AvailabilityZone: zone, Size: volumeGiB, VolumeType: 'gp3', Encrypted: true, TagSpecifications: [{ ResourceType: 'volume', Tags }],
    });
  }

  return {
    async zoneOf(disks, region, signal) {
      const places = await Promise.all(disks.flatMap((disk) => regions.map(async (at) => ({ at, disk, zone: (await find(disk, at, signal))?.AvailabilityZone }))));
      const there = places.filter(({ zone }) => zone !== undefined);
      const away = there.find(({ at, disk }) => at !== region && !there.some((other) => other.disk === disk && other.at === region));
      if (away) throw new NebError('no_capacity', `the volume ${away.disk.volume} is in ${away.at}, and cannot be used in ${region}`);
      const zones = new Set(there.filter(({ at }) => at === region).map(({ zone }) => zone));
      if (zones.size > 1) throw new NebError('no_capacity', `the volumes ${disks.map(({ volume }) => volume).join(', ')} are in different zones: ${[...zones].join(', ')}`);
      return [...zones][0];
    },

    async attach(machineId, disk, call) {
      call?.signal?.throwIfAborted();
      const { region, instanceId } = placeOf(machineId);
      const calls = callsIn(region);
      const [instance] = await calls.describeInstances({ InstanceIds: [instanceId] }, call?.signal);
      const zone = instance?.Placement?.AvailabilityZone;
      if (!instance || zone === undefined) throw new NebError('not_found', `there is no machine ${machineId}`);
      const volume = (await find(disk, region, call?.signal)) ?? (await make(disk, { calls, zone }));
      const step = nextStep(volume, instanceId);
      switch (step.do) {
        case 'use': return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.VolumeId!.replace('-', '')}`;
        case 'wait': throw new NebError('unavailable', `the volume ${disk.volume} is not attached yet`);
        case 'refuse': throw new NebError('conflict', `the volume ${disk.volume} is attached to ${step.to}, and can be used by one machine at a time`);
        case 'attach':
          await calls.attachVolume({ VolumeId: volume.VolumeId, InstanceId: instanceId, Device: freeDevice(instance) }, call?.signal);
          throw new NebError('unavailable', `the volume ${disk.volume} is not attached yet`);
      }
    },
  };
}

/** What a gp3 disk costs an hour at so many US dollars a GiB and month: AWS's list price in us-east-1 by default, below which no region is. */
export function diskPrice(sizeGiB: number, perGiBMonth = '0.08'): string {
  const nanos = parseMoney(perGiBMonth);
  if (nanos === undefined) throw new NebError('invalid', `"${perGiBMonth}" is not a price of a GiB a month in US dollars`);
  return formatMoney(nanos * BigInt(sizeGiB) / hoursAMonth);
}

/** As AWS counts. */
const hoursAMonth = 730n;

type Step = { readonly do: 'use' | 'wait' | 'attach' } | { readonly do: 'refuse'; readonly to: string };

function nextStep({ State, Attachments = [] }: Volume, instanceId: string): Step {
  const [attachment] = Attachments;
  if (attachment?.InstanceId !== undefined && attachment.InstanceId !== instanceId) return { do: 'refuse', to: attachment.InstanceId };
  if (attachment?.State === 'attached') return { do: 'use' };
  return { do: attachment === undefined && State === 'available' ? 'attach' : 'wait' };
}

/** The names that EC2 recommends for volumes. */
const devices = [...'fghijklmnop'].map((letter) => `/dev/sd${letter}`);

function freeDevice({ InstanceId, BlockDeviceMappings = [] }: Instance): string {
  const taken = new Set(BlockDeviceMappings.map(({ DeviceName }) => DeviceName));
  const free = devices.find((device) => !taken.has(device));
  if (free === undefined) throw new NebError('invalid', `machine ${InstanceId} can have ${devices.length} volumes and no more`);
  return free;
}
