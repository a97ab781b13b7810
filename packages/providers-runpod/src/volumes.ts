import { type LaunchSpec, NebError, turns, type Turns } from '@neb/core-types';
import type { RunpodClient } from './client.ts';
import { volumeName } from './names.ts';

/** What a volume is looked for with. */
export interface VolumeRequest {
  readonly fleet: string;
  readonly spec: Pick<LaunchSpec, 'volumes' | 'network'>;
  readonly dataCenter: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A volume that a purchase mounts. */
export interface Mounted {
  readonly mount: { readonly volumeId: string; readonly path: string };
  /**
   * Says what became of the purchase. A volume that was made for one that was refused is removed again, unless something else may
   * use it: it is empty, and would bind its container to a data centre that has nothing. Never rejects.
   */
  settle(purchase: 'made' | 'refused' | 'uncertain'): Promise<void>;
}

/** Named volumes as network volumes. What was once part of a pod stays until somebody removes it. */
export interface Volumes {
  /**
   * The volume that a spec mounts, made where there is none of that name; `undefined` where it mounts none. Rejects with
   * `no_capacity` where the volume is in another data centre, since another offer may be beside it.
   */
  mounted(request: VolumeRequest): Promise<Mounted | undefined>;
}

export function volumes(client: Pick<RunpodClient, 'listVolumes' | 'createVolume' | 'deleteVolume' | 'listPods'>, sizeGB: number): Volumes {
  const oneByOne: Turns = turns();
  /** Made here, for purchases of which none was made yet. */
  const empty = new Set<string>();
  /** How many purchases each is part of. */
  const users = new Map<string, number>();

  return {
    async mounted({ fleet, spec, dataCenter, signal }) {
      const volume = spec.volumes.find((one) => one.kind === 'named');
      if (!volume) return undefined;
      if (dataCenter === undefined) throw new NebError('no_capacity', `volume ${volume.name} needs a data centre that is known, and this offer has none`);
      const name = volumeName(fleet, spec.network.namespace, volume.name);
      const volumeId = await oneByOne.take(name, async () => {
        const id = await found(name, { dataCenter, signal });
        users.set(id, (users.get(id) ?? 0) + 1);
        return id;
      });
      return { mount: { volumeId, path: volume.mount }, settle: (purchase) => oneByOne.take(name, () => settle(volumeId, purchase)) };
    },
  };

  async function settle(id: string, purchase: Parameters<Mounted['settle']>[0]): Promise<void> {
    const others = (users.get(id) ?? 1) - 1;
    if (others > 0) users.set(id, others);
    else users.delete(id);
    if (purchase !== 'refused') empty.delete(id);
    if (others > 0 || !empty.delete(id)) return;
    try {
      // Another process may have found it meanwhile.
      const pods = await client.listPods(undefined);
      if (!pods.some(({ mounts }) => mounts?.network?.some(({ volumeId }) => volumeId === id))) await client.deleteVolume(id, undefined);
    } catch {
      // It stays, and is found again by its name.
    }
  }

  async function found(name: string, { dataCenter, signal }: { readonly dataCenter: string; readonly signal: AbortSignal | undefined }): Promise<string> {
    // The first of two that a lost answer has left: always the same one.
    const [there] = (await client.listVolumes(signal)).filter((one) => one.name === name).sort((a, b) => (a.id < b.id ? -1 : 1));
    if (!there) {
      const { id } = await client.createVolume({ name, dataCenter, size: sizeGB }, signal);
      empty.add(id);
      return id;
    }
    if (there.dataCenter === dataCenter) return there.id;
    throw new NebError('no_capacity', `volume ${name} is in ${there.dataCenter}, and this offer in ${dataCenter}: a pod only reaches volumes beside it`, {
      hint: `Ask for region ${there.dataCenter}, or remove the volume in the RunPod console.`,
    });
  }
}
