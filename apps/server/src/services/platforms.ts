import { type Call, capabilities, type Clock, messageOf, type Provider } from '@neb/core-types';
import type { Store } from '@neb/scheduler';
import type { PlatformView } from '@neb/sdk/contract';
import { clouds, missing } from './clouds.ts';
import { inTime } from './in-time.ts';
import { remembered } from './remembered.ts';

export interface PlatformsOptions {
  readonly providers: readonly Provider[];
  readonly store: Pick<Store, 'fleet'>;
  readonly clock: Clock;
}

/** For how long a look at a platform answers all who ask. */
const forMs = 2_000;

/** Every platform: those this server serves, with what they can do, then those that something is missing for. */
export function platformViews({ providers, store, clock }: PlatformsOptions): () => Promise<readonly PlatformView[]> {
  const recent = remembered<PlatformView>(clock, forMs);

  return async () => {
    const fleet = await store.fleet();
    const served = await Promise.all(providers.map((provider) => recent(provider.name, () => platformView(provider, fleet))));
    const absent = clouds.filter(({ name }) => !served.some((view) => view.name === name)).map((cloud) => unserved(cloud.name, { message: missing(cloud), needs: cloud.needs }));
    const ssh = served.some(({ name }) => name === 'ssh') ? [] : [unserved('ssh', { message: 'it needs hosts: NEB_SSH_HOSTS=user@host, or ssh_hosts in server.yaml', needs: ['NEB_SSH_HOSTS'] })];
    return [...served, ...ssh, ...absent];
  };
}

async function platformView(provider: Provider, fleet: string): Promise<PlatformView> {
  const { name } = provider;
  try {
    const message = await inTime(async (call) => provider.readiness?.(call));
    // Only a platform that was asked knows all that it can do.
    const base = { name, capabilities: capabilities(provider) };
    if (message !== undefined) return { ...base, ready: false, message, running: 0 };
    const lacks = await inTime(async (call) => provider.lacks?.(call));
    return { ...base, ready: true, ...(lacks && lacks.length > 0 && { lacks }), running: await inTime((call) => countRunning(provider, fleet, call)) };
  } catch (error) {
    return { name, capabilities: capabilities(provider), ready: false, message: messageOf(error), running: 0 };
  }
}

async function countRunning(provider: Provider, fleet: string, call: Call): Promise<number> {
  let running = 0;
  for await (const { state } of provider.list({ fleet }, call)) if (state === 'running') running++;
  return running;
}

function unserved(name: string, lack: Pick<PlatformView, 'message' | 'needs'>): PlatformView {
  return { name, ready: false, ...lack, capabilities: [], running: 0 };
}
