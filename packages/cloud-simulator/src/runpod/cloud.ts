import { type Clock, newId, type Random, systemClock, systemRandom } from '@neb/core-types';
import { bookkeeping } from '../bookkeeping.ts';
import { type Faults, faults } from '../faults.ts';
import type { Machinery } from '../machinery.ts';
import { type Catalogue, catalogue } from './catalogue.ts';
import { inProcess } from './in-process.ts';
import type { PodStatus } from './pod.ts';
import { pods as podsOf } from './pods.ts';
import type { Exchange } from './reply.ts';
import { type Registry, routes, type Volume } from './routes.ts';
import { listen } from './server.ts';
import { shelf, type Shelf } from './shelf.ts';

/** A RunPod of one account, on loopback. Disposing of it ends everything in it. */
export interface RunpodCloud extends AsyncDisposable {
  /** Where its API listens, such as `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly apiKey: string;
  /** Reaches the same API without a socket, whatever the host in the address. */
  readonly fetch: typeof fetch;
  readonly faults: Faults;
  readonly catalogue: Catalogue;
  /** Every pod there is, listed or not: the state of the world. */
  pods(): readonly PodFacts[];
  readonly volumes: Pick<Shelf<Volume>, 'all'>;
  readonly registries: Pick<Shelf<Registry>, 'all'>;
  /** Takes a pod away at once, as a broken machine does. */
  vanish(id: string): void;
  /** Breaks every connection there is, log streams too. */
  cut(): void;
  /** How many log streams are open. */
  listening(): number;
  /** What was asked and answered so far, but for log streams and what was cut off. */
  readonly exchanges: readonly Exchange[];
}

/** A pod, as a test asserts it. */
export interface PodFacts {
  readonly id: string;
  readonly name: string;
  readonly status: PodStatus;
  readonly env: Readonly<Record<string, string>>;
  readonly dataCenter: string | null;
  /** US dollars an hour while it is not stopped. */
  readonly cost: number;
}

/** How the cloud behaves. */
export interface RunpodCloudOptions {
  /** The machine's own by default. */
  readonly clock?: Clock | undefined;
  /** Draws ids, keys, and faults that have a chance. */
  readonly random?: Random | undefined;
  /** What runs the pods; bookkeeping by default. */
  readonly machinery?: Machinery | undefined;
}

/** Opens a RunPod on a free port of 127.0.0.1 that speaks REST v2. */
export async function runpodCloud({ clock = systemClock, random = systemRandom, machinery = bookkeeping({ clock }) }: RunpodCloudOptions = {}): Promise<RunpodCloud> {
  const apiKey = `rpa_${newId(random)}${newId(random)}`.toUpperCase();
  const script = faults(clock, random);
  const shop = catalogue();
  const volumes = shelf<Volume>(random);
  const registries = shelf<Registry>(random);
  const pods = podsOf({ clock, random, faults: script, machinery, catalogue: shop, registries, volumes });
  const exchanges: Exchange[] = [];
  const account = { clock, catalogue: shop, pods, volumes, registries };
  const responder = { ...account, faults: script, apiKey, table: routes(account), observe: (exchange: Exchange) => void exchanges.push(exchange) };
  const { url, cut, close } = await listen(responder);

  return {
    url, apiKey, faults: script, catalogue: shop, volumes, registries, exchanges,
    fetch: inProcess(responder),
    pods: () => pods.all().map(({ id, name, status, env, dataCenter, cost }) => ({ id, name, status, env, dataCenter, cost })),
    vanish: pods.vanish,
    cut,
    listening: () => pods.all().reduce((sum, { log }) => sum + log.listeners(), 0),
    async [Symbol.asyncDispose]() {
      for (const { id } of pods.all()) pods.vanish(id);
      await close();
    },
  };
}
