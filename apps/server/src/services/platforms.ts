import { type AcceleratorCount, type Call, capabilities, collect, messageOf, NebError, type Offer, type Provider } from '@neb/core-types';
import type { Store } from '@neb/scheduler';
import type { OfferView, PlatformView } from '@neb/sdk/contract';
import { clouds, missing, platformFault } from './clouds.ts';

export interface PlatformsOptions {
  readonly providers: readonly Provider[];
  readonly store: Store;
}

/** How long one platform may take to answer before it counts as not ready. */
const askMs = 5_000;

/** Every platform: those this server serves, with what they can do, then those that something is missing for. */
export async function platformViews({ providers, store }: PlatformsOptions): Promise<readonly PlatformView[]> {
  const fleet = await store.fleet();
  const served = await Promise.all(providers.map((provider) => platformView(provider, fleet)));
  const absent = clouds.filter(({ name }) => !served.some((view) => view.name === name)).map((cloud) => unserved(cloud.name, missing(cloud)));
  const ssh = served.some(({ name }) => name === 'ssh') ? [] : [unserved('ssh', 'it needs hosts: NEB_SSH_HOSTS=user@host, or ssh_hosts in server.yaml')];
  return [...served, ...ssh, ...absent];
}

/** What could be bought now, by platform. Of several platforms, one that does not answer is left out; asked for by name, it says why. */
export async function offerViews({ providers }: PlatformsOptions, platform: string | undefined): Promise<readonly OfferView[]> {
  const fault = platform === undefined ? undefined : platformFault(platform, providers.map(({ name }) => name));
  if (fault) throw fault;
  const asked = providers.filter(({ name }) => platform === undefined || name === platform);
  const answers = await Promise.all(asked.map(async (provider) => {
    try {
      const offers = await collect(provider.offers({}, call()));
      return offers.map((offer) => offerView(provider.name, offer));
    } catch (error) {
      if (platform !== undefined) throw error;
      return [];
    }
  }));
  return answers.flat();
}

async function platformView(provider: Provider, fleet: string): Promise<PlatformView> {
  const base = { name: provider.name, capabilities: capabilities(provider) };
  try {
    const message = await inTime(Promise.resolve(provider.readiness?.(call())));
    if (message !== undefined) return { ...base, ready: false, message, running: 0 };
    return { ...base, ready: true, running: await inTime(countRunning(provider, fleet)) };
  } catch (error) {
    return { ...base, ready: false, message: messageOf(error), running: 0 };
  }
}

async function countRunning(provider: Provider, fleet: string): Promise<number> {
  let running = 0;
  for await (const { state } of provider.list({ fleet }, call())) if (state === 'running') running++;
  return running;
}

const call = (): Call => ({ signal: AbortSignal.timeout(askMs) });

/** A platform that heeds no signal must not hold up the others. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(askMs + 500);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new NebError('timeout', `it did not answer within ${askMs / 1_000} s`)), { once: true });
  });
  return await Promise.race([answer, late]);
}

function unserved(name: string, message: string): PlatformView {
  return { name, ready: false, message, capabilities: [], running: 0 };
}

function offerView(platform: string, offer: Offer): OfferView {
  const { region, accelerator, cpus, memoryGiB, pricePerHour, spot, available } = offer;
  return {
    platform, region, spot, available, price_per_hour: pricePerHour, count: accelerator?.count ?? 0,
    ...(accelerator && acceleratorFields(accelerator)),
    ...(cpus !== undefined && { cpus }),
    ...(memoryGiB !== undefined && { ram_gib: memoryGiB }),
  };
}

function acceleratorFields({ name, memoryGiB }: AcceleratorCount & { readonly memoryGiB?: number | undefined }): Pick<OfferView, 'accelerator' | 'memory_gib'> {
  return { accelerator: name, ...(memoryGiB !== undefined && { memory_gib: memoryGiB }) };
}
