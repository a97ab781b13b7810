import type { Clock } from '@neb/core-types';
import type { EngineClient } from './connection/client.ts';
import type { HostAccelerator } from './options.ts';
import { type EngineInfo, engineInfo } from './replies.ts';

/** What an engine and its operator tell of the host. */
export interface HostFacts {
  readonly cpus: number | undefined;
  readonly memoryGiB: number | undefined;
  /** Declared by the operator, in the order of their device numbers. */
  readonly accelerators: readonly HostAccelerator[];
  /** Whether containers can be given GPUs at all. */
  readonly gpuRuntime: boolean;
  /** How many GPUs there are; `undefined` where nobody tells. */
  readonly gpuCount: number | undefined;
}

export interface HostFactsSource {
  /** Rejects with `unavailable` where the engine cannot be asked. */
  read(signal?: AbortSignal): Promise<HostFacts>;
}

/** Hosts change seldom, and asking costs the engine more than starting to create a container. */
const keepMs = 60_000;

export function hostFacts(client: EngineClient, accelerators: readonly HostAccelerator[], clock: Clock): HostFactsSource {
  let last: { readonly facts: HostFacts; readonly at: number } | undefined;
  return {
    async read(signal) {
      if (last && clock.now() - last.at < keepMs) return last.facts;
      const info = await client.json(engineInfo, { method: 'GET', path: '/info', signal });
      last = { facts: factsIn(info, accelerators), at: clock.now() };
      return last.facts;
    },
  };
}

export function factsIn(info: EngineInfo, accelerators: readonly HostAccelerator[]): HostFacts {
  const devices = (info.DiscoveredDevices ?? []).filter(({ ID }) => /^nvidia\.com\/gpu=\d+$/.test(ID)).length;
  const generic = (info.GenericResources ?? []).reduce((count, { NamedResourceSpec: named, DiscreteResourceSpec: discrete }) =>
    count + (isGpu(named?.Kind) ? 1 : 0) + (isGpu(discrete?.Kind) ? (discrete?.Value ?? 0) : 0), 0);
  const declared = accelerators.reduce((count, accelerator) => count + accelerator.count, 0);
  return {
    cpus: info.NCPU,
    memoryGiB: info.MemTotal === undefined ? undefined : Math.round(info.MemTotal / 2 ** 30 * 10) / 10,
    accelerators,
    gpuRuntime: 'nvidia' in (info.Runtimes ?? {}) || devices > 0 || generic > 0 || declared > 0,
    gpuCount: declared || devices || generic || undefined,
  };
}

function isGpu(kind: string | undefined): boolean {
  return kind !== undefined && /gpu/i.test(kind);
}
