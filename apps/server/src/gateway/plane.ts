import { join } from 'node:path';
import { type Caller, type Clock, collect, NebError, paginate, type Random, type Route, type TrafficOwner, type TrafficPlane, turns } from '@neb/core-types';
import { createGateway, doorAdmission, factJournal, type FactJournal, type Gateway, meterObserver, routeLimits } from '@neb/gateway';
import { routeFeed, secretFields, type SecretReader, type Store } from '@neb/scheduler';
import type { Config } from '../config.ts';
import { isFree, portFor, portIn } from './ports.ts';
import { trafficSum } from './traffic.ts';

export interface GatewayPlaneOptions {
  readonly config: Pick<Config, 'gateway' | 'dataDir' | 'shutdownMs'>;
  readonly store: Store;
  /** Who a bearer token is of. */
  readonly authenticate: (token: string) => Promise<Caller | undefined>;
  readonly secrets: Pick<SecretReader, 'open'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly warn: (message: string, error?: unknown) => void;
}

/** The gateway of this server, which listens from the first route on. */
export interface GatewayPlane extends TrafficPlane, AsyncDisposable {
  /** Where all routes are reached by name, once it listens. */
  readonly address: { readonly host: string; readonly port: number } | undefined;
}

const retryMs = 5_000;

export function gatewayPlane({ config, store, authenticate, secrets, clock, random, warn }: GatewayPlaneOptions): GatewayPlane {
  const { host, port, ports, domain } = config.gateway;
  const feed = routeFeed(store, { clock, random, onTrouble: (error) => warn('routes cannot be read, and the last known ones are served', error) });
  const ended = new AbortController();
  const choosing = turns();
  const given = new Map<string, number>();
  const sum = trafficSum();
  let gateway: Gateway | undefined;
  let journal: FactJournal | undefined;
  let opening: Promise<Gateway> | undefined;
  let trouble: { readonly text: string; readonly at: number } | undefined;
  const waiting = awaitFirstRoute();

  return {
    get address() { return gateway?.address; },
    // What is in the way may be gone by now, and whoever opens a door finds out.
    missing: () => (trouble && clock.now() - trouble.at < retryMs ? trouble.text : undefined),
    async open(owner) {
      const { address } = await started();
      const own = await portOf(owner);
      const { name, namespace, id } = owner;
      const named = `${name}.${namespace}.${domain}`.toLowerCase();
      return { address: `${host.includes(':') ? `[${host}]` : host}:${own}`, url: `http://${named}:${address.port}`, hosts: [named, `service-${id}.${domain}`] };
    },
    async close({ id }) {
      given.delete(id);
    },
    look(id) {
      if (!gateway) return undefined;
      sum.add(gateway.gauges());
      return sum.take(id);
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await waiting;
      const open = await opening?.catch(() => undefined);
      await open?.drain(config.shutdownMs / 2);
      await open?.[Symbol.asyncDispose]();
      await journal?.[Symbol.asyncDispose]();
    },
  };

  /** Who has no service has no gateway, and no port of this machine taken. */
  async function awaitFirstRoute(): Promise<void> {
    while (!ended.signal.aborted) {
      try {
        for await (const change of feed.watch({ signal: ended.signal })) if ('put' in change) return void (await started());
      } catch (error) {
        if (!ended.signal.aborted) warn('services cannot be reached', error);
      }
      await clock.sleep(retryMs, ended.signal);
    }
  }

  async function started(): Promise<Gateway> {
    opening ??= start();
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  }

  async function start(): Promise<Gateway> {
    journal ??= await factJournal({ folder: join(config.dataDir, 'facts'), clock, warn });
    const { tell } = journal;
    try {
      gateway = await createGateway({
        feed, listen: { host, port }, random, onTrouble: (error) => warn('the gateway has trouble', error),
        admission: doorAdmission({ clock, limits: routeLimits(clock), authenticate, secretOf }),
        observer: meterObserver({ clock, tell }),
        waker: { wake: async (id) => void (await store.commit([{ do: 'wake', kind: 'Service', id }])) },
      });
    } catch (cause) {
      const hint = 'NEB_GATEWAY_PORT names another one.';
      const message = `services cannot be reached: port ${port} of ${host} cannot be listened on`;
      trouble = { text: `${message}. ${hint}`, at: clock.now() };
      throw new NebError('unavailable', message, { cause, hint });
    }
    trouble = undefined;
    return gateway;
  }

  /** What the tokens of a route's own are signed with. */
  async function secretOf({ authz, namespace }: Route): Promise<string | undefined> {
    const ref = authz?.jwt?.secret_ref;
    if (!ref) return undefined;
    const value = await secrets.open(namespace, ref.name);
    if (ref.key === undefined) return value;
    const fields = secretFields(value);
    if (!fields) throw new NebError('invalid', `the secret "${ref.name}" is no JSON object, and the field "${ref.key}" of it is what tokens are signed with`);
    const field = Object.hasOwn(fields, ref.key) ? fields[ref.key] : undefined;
    return typeof field === 'string' ? field : undefined;
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
