import { type AcceleratorCount, NebError } from '@neb/core-types';
import type { EngineClient } from './connection/client.ts';
import { containersLabelled } from './containers.ts';
import type { HostFacts, HostFactsSource } from './host-facts.ts';
import { type Slots, slots } from './launch/slots.ts';
import { labels } from './names.ts';

/** Gives each container GPUs of its own: an engine asked for a number gives everybody the same first ones. */
export interface Gpus {
  /**
   * Runs `work` with the device numbers of free GPUs; once it has made a container labelled with them they are taken.
   * `undefined` where nobody tells how many there are, and the engine has to choose. Throws `no_capacity`.
   */
  withFree<T>(wanted: AcceleratorCount, work: (ids: readonly string[] | undefined) => Promise<T>): Promise<T>;
  /** Runs `work`, after which a container that has these device numbers holds them again. Throws `no_capacity` where another has one of them meanwhile. */
  withThese<T>(ids: readonly string[], work: () => Promise<T>): Promise<T>;
  /** The device numbers that no container holds; `undefined` where nobody tells how many there are. */
  free(facts: HostFacts, signal?: AbortSignal): Promise<readonly string[] | undefined>;
}

export function gpus(client: EngineClient, facts: HostFactsSource): Gpus {
  const oneByOne: Slots = slots(1);

  async function free({ gpuCount }: HostFacts, signal?: AbortSignal): Promise<readonly string[] | undefined> {
    if (gpuCount === undefined) return undefined;
    const holders = await containersLabelled(client, [labels.gpus], signal);
    const held = new Set(holders.filter(({ State }) => State !== 'exited' && State !== 'dead').flatMap(({ Labels }) => Labels[labels.gpus]?.split(',') ?? []));
    return Array.from({ length: gpuCount }, (_, index) => String(index)).filter((id) => !held.has(id));
  }

  return {
    free,
    async withThese(ids, work) {
      if (ids.length === 0) return await work();
      return await oneByOne.run(async () => {
        const all = await free(await facts.read());
        const taken = all ? ids.filter((id) => !all.includes(id)) : [];
        if (taken.length > 0) throw new NebError('no_capacity', `GPU ${taken.join(', ')} of ${client.at}, which it had, is another container's now`);
        return await work();
      }, new AbortController().signal);
    },
    withFree: (wanted, work) =>
      oneByOne.run(async () => {
        const host = await facts.read();
        const all = await free(host);
        const ids = all?.filter((id) => devicesOf(host, wanted.name).includes(id)).slice(0, wanted.count);
        if (ids && ids.length < wanted.count) {
          throw new NebError('no_capacity', `${client.at} has ${ids.length} of ${wanted.count} ${wanted.name} free`);
        }
        return await work(ids);
      }, new AbortController().signal),
  };
}

/** The device numbers of the accelerators of that name; all of them where the operator declared none. */
export function devicesOf({ accelerators, gpuCount = 0 }: HostFacts, name: string): readonly string[] {
  const named = accelerators.length === 0 ? Array<string>(gpuCount).fill(name) : accelerators.flatMap((declared) => Array<string>(declared.count).fill(declared.name));
  return named.flatMap((found, index) => (found === name ? [String(index)] : []));
}
