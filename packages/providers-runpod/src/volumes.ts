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

/** Named volumes as network volumes. They stay until somebody removes them. */
export interface Volumes {
  /**
   * The volume that a spec mounts, made where there is none of that name; `undefined` where it mounts none. Rejects with
   * `no_capacity` where the volume is in another data centre, since another offer may be beside it.
   */
  mounted(request: VolumeRequest): Promise<{ readonly volumeId: string; readonly path: string } | undefined>;
}

export function volumes(client: Pick<RunpodClient, 'listVolumes' | 'createVolume'>, sizeGB: number): Volumes {
  const oneByOne: Turns = turns();

  return {
    async mounted({ fleet, spec, dataCenter, signal }) {
      const volume = spec.volumes.find((one) => one.kind === 'named');
      if (!volume) return undefined;
      if (dataCenter === undefined) throw new NebError('no_capacity', `volume ${volume.name} needs a data centre that is known, and this offer has none`);
      const name = volumeName(fleet, spec.network.namespace, volume.name);
      const volumeId = await oneByOne.take(name, () => found(name, { dataCenter, signal }));
      return { volumeId, path: volume.mount };
    },
  };

  async function found(name: string, { dataCenter, signal }: { readonly dataCenter: string; readonly signal: AbortSignal | undefined }): Promise<string> {
    // The first of two that a lost answer has left: always the same one.
    const [there] = (await client.listVolumes(signal)).filter((one) => one.name === name).sort((a, b) => (a.id < b.id ? -1 : 1));
    if (!there) return (await client.createVolume({ name, dataCenter, size: sizeGB }, signal)).id;
    if (there.dataCenter === dataCenter) return there.id;
    throw new NebError('no_capacity', `volume ${name} is in ${there.dataCenter}, and this offer in ${dataCenter}: a pod only reaches volumes beside it`, {
      hint: `Ask for region ${there.dataCenter}, or remove the volume in the RunPod console.`,
    });
  }
}
