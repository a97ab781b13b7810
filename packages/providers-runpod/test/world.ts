import { readFileSync } from 'node:fs';
import { type Instance, type InstanceRef, type LaunchSpec, type Offer, type Provider, systemClock } from '@neb/core-types';
import { type FakeClock, fakeClock, seededRandom } from '@neb/core-types/testing';
import { bookkeeping, contract, type Machinery, type Program, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { runpod, type RunpodOptions, type RunpodProvider } from '../src/index.ts';
import { podProgram } from './pod-program.ts';
import { type Published, reachable } from './reachable.ts';

/** A provider over a simulated RunPod, in a time of its own. */
export interface World extends AsyncDisposable {
  readonly cloud: RunpodCloud;
  readonly provider: RunpodProvider;
  readonly clock: FakeClock;
  readonly fleet: string;
  /** Another process's provider, so to say. */
  another(options?: Partial<RunpodOptions>): RunpodProvider;
  /** Lets time pass until `reached` holds. Throws once ten minutes have. */
  settle(reached: () => Promise<boolean> | boolean): Promise<void>;
  /** Creates with the first offer. */
  create(key: string, spec?: LaunchSpec, offer?: Offer): Promise<Instance>;
  /** Waits until it is so. */
  reach(ref: InstanceRef, state: Instance['state']): Promise<Instance>;
}

const description = JSON.parse(readFileSync(new URL('../openapi/runpod-v2.json', import.meta.url), 'utf8')) as object;
const problemsOf = contract(description);

/** What a test may choose. */
export interface WorldOptions {
  readonly options?: Partial<RunpodOptions>;
  readonly program?: Program;
  /** Instead of a program. */
  readonly machinery?: Machinery;
  /** Where what a pod publishes is reached, by the port inside, at each of its starts; nowhere by default. */
  readonly published?: (env: Readonly<Record<string, string>>) => Published;
  readonly seed?: number;
  /** How much time each look of `settle` lets pass; less where something real must keep up. 500 by default. */
  readonly stepMs?: number;
}

/** Opens one. Disposing of it throws where anything that went over the wire breaks RunPod's description. */
export async function world({ options = {}, program = podProgram, machinery, published, seed = 1, stepMs = 500 }: WorldOptions = {}): Promise<World> {
  const clock = fakeClock();
  const missing = ({ image }: { readonly image: string }) => (image.includes('missing') ? `manifest unknown: no image ${image}` : undefined);
  const kept = bookkeeping({ clock, missing, program });
  const running = published ? reachable(kept, async ({ env }) => published(env)) : kept;
  const cloud = await runpodCloud({ clock, random: seededRandom(seed), machinery: machinery ?? running });
  const another = (more: Partial<RunpodOptions> = {}): RunpodProvider => runpod({ apiKey: cloud.apiKey, baseUrl: cloud.url, clock, ...options, ...more });
  const provider = another();
  const fleet = 'f';
  // Time passes by itself too, so that what waits for silence hears it.
  const ticking = setInterval(() => clock.advance(20), 2);

  async function settle(reached: () => Promise<boolean> | boolean): Promise<void> {
    for (const end = clock.now() + 600_000; !(await reached()); ) {
      if (clock.now() > end) throw new Error('it has not come about within ten minutes');
      clock.advance(stepMs);
      await systemClock.sleep(1);
    }
  }

  return {
    cloud, provider, clock, fleet, another, settle,
    create: async (key, spec = sleeps, offer) => await provider.create({ key, fleet, spec, offer: offer ?? (await firstOffer(provider)) }),
    async reach(ref, state) {
      let seen: Instance | undefined;
      await settle(async () => {
        seen = await provider.inspect(ref);
        return seen?.state === state;
      });
      return seen!;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(ticking);
      await provider[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
      const problems = cloud.exchanges.flatMap((exchange) => problemsOf(exchange));
      if (problems.length > 0) throw new Error(`the description is broken:\n${[...new Set(problems)].join('\n')}`);
    },
  };
}

/** A spec of a command in an image. */
export function command(...entrypoint: readonly string[]): LaunchSpec {
  return { image: 'alpine', entrypoint, env: {}, ports: [], volumes: [], limits: {}, network: { namespace: 'default', hostnames: [] }, labels: {} };
}

/** Says "ready" and sleeps. */
export const sleeps = command('sleeps');

export async function firstOffer(provider: Provider): Promise<Offer> {
  for await (const offer of provider.offers({ spot: false })) return offer;
  throw new Error(`${provider.name} has no offers`);
}
