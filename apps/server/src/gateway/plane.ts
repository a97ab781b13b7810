import { bell, type Caller, type Clock, collect, type FactFeed, messageOf, NebError, paginate, type Provider, type Random, type TrafficOwner, type TrafficPlane, turns, unlessAborted } from '@neb/core-types';
import { factReader } from '@neb/gateway';
import { routeFeed, type SecretReader, type Store } from '@neb/scheduler';
import type { Config } from '../config.ts';
import type { PlatformsConfig } from '../platforms.ts';
import { setupText } from './far/setup.ts';
import { type GatewayLink, joinGateway } from './link.ts';
import type { GatewayAddress, Question } from './messages.ts';
import { isFree, portFor, portIn } from './ports.ts';
import { routeSecret } from './route-secret.ts';
import { factsIn, gatewaySettings } from './settings.ts';
import { trafficSum } from './traffic.ts';

export interface GatewayPlaneOptions {
  readonly config: Pick<Config, 'gateway' | 'dataDir' | 'shutdownMs'> & PlatformsConfig;
  readonly store: Store;
  readonly providers: readonly Provider[];
  /** Who a bearer token is of. */
  readonly authenticate: (token: string) => Promise<Caller | undefined>;
  readonly secrets: Pick<SecretReader, 'open'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (message: string, error?: unknown) => void;
}

/** The gateway of this server's data folder: processes of its own, from the first route on. They go on where this one is killed, and end with the last server that ends in order. */
export interface GatewayPlane extends TrafficPlane, AsyncDisposable {
  /** Where all routes are reached by name, once it listens. */
  readonly address: GatewayAddress | undefined;
  /** What passed it and is counted. */
  readonly facts: FactFeed;
}

const retryMs = 5_000;

export function gatewayPlane({ config, store, providers, authenticate, secrets, clock, random, warn }: GatewayPlaneOptions): GatewayPlane {
  const { host, ports, domain } = config.gateway;
  const feed = routeFeed(store, { clock, random, providers, onTrouble: (error) => warn('routes cannot be read, and the last known ones are served', error) });
  const ended = new AbortController();
  const choosing = turns();
  const given = new Map<string, number>();
  const sum = trafficSum();
  const counted = bell(clock);
  const secretOf = routeSecret(secrets);
  let link: GatewayLink | undefined;
  let joining: Promise<GatewayLink> | undefined;
  let trouble: { readonly text: string; readonly at: number } | undefined;
  const keeping = keep();

  return {
    get address() { return link?.address; },
    facts: { ...factReader(factsIn(config)), news: async (signal) => void (await counted.wait(Infinity, signal)) },
    // What is in the way may be gone by now, and whoever opens a door finds out.
    missing: () => (trouble && clock.now() - trouble.at < retryMs ? trouble.text : undefined),
    async open(owner) {
      const { address } = await joined();
      const own = await portOf(owner);
      const { name, namespace, id } = owner;
      const hosts = hostsOf({ name, namespace, id }, domain);
      return { address: `${host.includes(':') ? `[${host}]` : host}:${own}`, url: `http://${hosts[0]}:${address.port}`, hosts };
    },
    async close({ id }) {
      given.delete(id);
      sum.forget(id);
    },
    look: (id) => (link ? sum.take(id) : undefined),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await keeping;
      const last = await joining?.catch(() => undefined);
      await last?.leave(config.shutdownMs / 2);
    },
  };

  /** Who has no service has no gateway, and no port of this machine taken. One that ended is started again. */
  async function keep(): Promise<void> {
    while (!ended.signal.aborted) {
      try {
        if (!joining) await firstRoute();
        if (ended.signal.aborted) return;
        const { over } = await joined();
        await unlessAborted(over, ended.signal);
        warn('the gateway ended by itself; another is started');
      } catch (error) {
        if (!ended.signal.aborted) warn('services cannot be reached', error);
        await clock.sleep(retryMs, ended.signal);
      }
    }
  }

  async function firstRoute(): Promise<void> {
    for await (const change of feed.watch({ signal: ended.signal })) if ('put' in change) return;
  }

  async function joined(): Promise<GatewayLink> {
    joining ??= join();
    try {
      return await joining;
    } catch (error) {
      joining = undefined;
      throw error;
    }
  }

  async function join(): Promise<GatewayLink> {
    try {
      const made = await joinGateway({
        settings: await gatewaySettings(config), platforms: setupText(config), clock, feed, answer,
        onGauges: (gauges) => sum.add(gauges),
        onCounted: counted.ring,
        onTrouble: (text) => warn(`the gateway has trouble: ${text}`),
      });
      link = made;
      // It may have counted while no server was there.
      counted.ring();
      void made.over.then(() => {
        link = joining = undefined;
        sum.clear();
      });
      trouble = undefined;
      return made;
    } catch (cause) {
      const hint = 'NEB_GATEWAY_PORT names another one.';
      const message = `services cannot be reached: ${messageOf(cause)}`;
      trouble = { text: `${message}. ${hint}`, at: clock.now() };
      throw new NebError('unavailable', message, { cause, hint });
    }
  }

  async function answer(question: Question): Promise<unknown> {
    switch (question.ask) {
      case 'caller': return await authenticate(question.token);
      case 'secret': return await secretOf(question.route);
      case 'wake': return void (await store.commit([{ do: 'wake', kind: 'Service', id: question.id }]));
    }
  }

  /** The port that was given to it once; another free one where it has none yet. Every pass over a service asks, so what is known is not looked up again. */
  async function portOf({ id }: TrafficOwner): Promise<number> {
    const known = given.get(id) ?? portIn((await store.get('Service', id))?.status.address);
    if (known === undefined) return await choosing.take('', () => choose(id));
    given.set(id, known);
    return known;
  }

  async function choose(id: string): Promise<number> {
    const services = await collect(paginate((cursor) => store.list({ kind: 'Service', limit: 1_000, cursor })));
    const taken = new Set([...services.map(({ status }) => portIn(status.address)), ...given.values()].filter((one) => one !== undefined));
    for (;;) {
      const found = portFor(id, ports, taken);
      if (found === undefined) throw new NebError('quota', `all ports from ${ports.first} to ${ports.last} are taken`, { hint: 'NEB_GATEWAY_PORTS names more.' });
      if (await isFree(host, found)) {
        given.set(id, found);
        return found;
      }
      taken.add(found);
    }
  }
}

/**
 * The host names of a service. By its name only where it can be no other's: host names know no capital letters, and with dots in names that of `a.b` in `c`
 * would be that of `a` in `b.c`.
 */
export function hostsOf({ name, namespace, id }: TrafficOwner, domain: string): [string, ...string[]] {
  const own = `service-${id}.${domain}`;
  return [name, namespace].every((label) => /^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/.test(label)) ? [`${name}.${namespace}.${domain}`, own] : [own];
}
