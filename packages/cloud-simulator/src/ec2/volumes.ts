import type { Clock, Random } from '@neb/core-types';
import type { Query } from './query.ts';
import { Ec2Refusal } from './refusal.ts';
import type { Xml } from './xml.ts';

/** A disk as the cloud keeps it. */
export interface Ec2Volume {
  readonly id: string;
  readonly zone: string;
  readonly sizeGiB: string;
  readonly tags: Readonly<Record<string, string>>;
  state: 'creating' | 'available' | 'in-use';
  attached: { readonly instanceId: string; readonly device: string; state: 'attaching' | 'attached' } | undefined;
}

/** Every disk of the account that outlives instances. */
export interface Volumes {
  /** Buys one, or returns what the token bought before. */
  create(query: Query): Ec2Volume;
  all(): readonly Ec2Volume[];
  /** Throws `InvalidVolume.NotFound`, `VolumeInUse`. */
  attach(id: string, to: { readonly instanceId: string; readonly device: string }): void;
  /** The instance is gone. */
  release(instanceId: string): void;
}

const createMs = 1_000;
const attachMs = 1_000;

export function volumesOf(clock: Clock, random: Random): Volumes {
  const byId = new Map<string, Ec2Volume>();
  const byToken = new Map<string, Ec2Volume>();

  return {
    create(query) {
      const token = query.get('ClientToken') ?? '';
      const known = byToken.get(token);
      if (known) return known;
      const volume: Ec2Volume = {
        id: `vol-${Buffer.from(random(8)).toString('hex')}0`, zone: query.need('AvailabilityZone'), sizeGiB: query.need('Size'), tags: query.tags('volume'), state: 'creating', attached: undefined,
      };
      byId.set(volume.id, volume);
      if (token !== '') byToken.set(token, volume);
      void clock.sleep(createMs).then(() => { volume.state = 'available'; });
      return volume;
    },
    all: () => [...byId.values()],
    attach(id, to) {
      const volume = byId.get(id);
      if (!volume) throw new Ec2Refusal('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
      if (volume.state !== 'available') throw new Ec2Refusal('IncorrectState', `The volume '${id}' is ${volume.state}.`);
      const attached: Ec2Volume['attached'] = { ...to, state: 'attaching' };
      Object.assign(volume, { state: 'in-use', attached });
      void clock.sleep(attachMs).then(() => { attached.state = 'attached'; });
    },
    release(instanceId) {
      for (const volume of byId.values()) if (volume.attached?.instanceId === instanceId) Object.assign(volume, { state: 'available', attached: undefined });
    },
  };
}

/** A volume as it goes over the wire. */
export function shownVolume({ id, zone, sizeGiB, state, tags, attached }: Ec2Volume): { readonly [name: string]: Xml } {
  return {
    volumeId: id, availabilityZone: zone, size: sizeGiB, status: state, volumeType: 'gp3', tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
    attachmentSet: attached ? [{ volumeId: id, instanceId: attached.instanceId, device: attached.device, status: attached.state }] : [],
  };
}
