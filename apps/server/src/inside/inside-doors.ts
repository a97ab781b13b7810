import { type Clock, type InsideNetwork, type InsideNetworks, isNebError, type Provider, type RouteFeed, type Traffic, turns } from '@neb/core-types';
import { trafficSum } from '../gateway/traffic.ts';
import { type InsideDoor, insideDoor, type InsideDoorOptions } from './inside-door.ts';
import { insideNames } from './inside-route.ts';
import { namespaceRoutes } from './namespace-routes.ts';

export interface InsideDoorsOptions extends Omit<InsideDoorOptions, 'feed' | 'far'> {
  /** A path for a unix socket that nobody else has. */
  readonly socket: () => Promise<string>;
  readonly feed: RouteFeed;
  readonly providers: readonly Pick<Provider, 'name' | 'networks'>[];
  readonly fleet: string;
  readonly clock: Clock;
}

/** Doors within the networks of namespaces that this machine is in: opened with the first route of a namespace that has a network, closed with either's last. */
export interface InsideDoors extends AsyncDisposable {
  /** What passed since the last look; `undefined` for a route that no door has. */
  look(id: string): Traffic | undefined;
}

const retryMs = 30_000;
/** What its operator has to do something about. */
const hintedRetryMs = 600_000;

export function insideDoors(options: InsideDoorsOptions): InsideDoors {
  const { providers, fleet, clock, feed, warn, socket } = options;
  const ended = new AbortController();
  const { signal } = ended;
  const sources = providers.flatMap(({ name, networks }) => (networks?.inside ?? []).map((one) => source(one.listen ? `${name} at ${one.host}` : name, one)));
  const first = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => first.resolve());
  const routes = namespaceRoutes((namespace) => {
    first.resolve();
    for (const one of sources) void one.settle(namespace);
  });
  const sum = trafficSum();
  const told = new Set<string>();
  const following = sources.length === 0 ? [] : [follow(), ...sources.map((one) => one.follow())];

  return {
    look(id) {
      const namespace = routes.namespaceOf(id);
      const doors = namespace === undefined ? [] : sources.flatMap((one) => one.door(namespace) ?? []);
      if (doors.length === 0) sum.forget(id);
      else sum.add(doors.flatMap((door) => door.gauges()));
      return sum.take(id);
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await Promise.all(following);
      await Promise.all(sources.map((one) => one.close()));
    },
  };

  async function follow(): Promise<void> {
    await lasting('routes cannot be followed', async () => {
      for await (const change of feed.watch({ signal })) {
        routes.take(change);
        if ('remove' in change) sum.forget(change.remove);
      }
    });
  }

  async function lasting(what: string, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (!signal.aborted) once(`doors within namespaces are not opened: ${what}`, error);
      }
      await clock.sleep(retryMs, signal);
    }
  }

  function once(message: string, error?: unknown): void {
    if (told.has(message)) return;
    told.add(message);
    warn(message, error);
  }

  /** The networks of one platform. */
  function source(platform: string, inside: InsideNetworks) {
    let present: ReadonlyMap<string, InsideNetwork> = new Map();
    const open = new Map<string, { readonly door: InsideDoor; names: string }>();
    const settling = turns();
    const due = new Set<string>();

    /** Has the namespace's door be as it should; what moves meanwhile is looked at once more. */
    async function settle(namespace: string): Promise<void> {
      if (due.has(namespace)) return;
      due.add(namespace);
      await settling.take(namespace, async () => {
        due.delete(namespace);
        if (signal.aborted) return;
        try {
          await look(namespace);
        } catch (error) {
          once(inside.listen ? `containers on ${platform} do not find services by name` : `containers of namespace ${namespace} on ${platform} do not find its services by name`, error);
          void clock.sleep(isNebError(error) && error.hint !== undefined ? hintedRetryMs : retryMs, signal).then(() => settle(namespace));
        }
      });
    }

    /** The way to it broke: it is opened anew. */
    async function lost(namespace: string, door: InsideDoor): Promise<void> {
      if (signal.aborted || open.get(namespace)?.door !== door) return;
      open.delete(namespace);
      await door[Symbol.asyncDispose]();
      await settle(namespace);
    }

    async function look(namespace: string): Promise<void> {
      const network = present.get(namespace);
      const own = routes.of(namespace);
      const before = open.get(namespace);
      if (before && (before.door.at.address !== network?.address || own.size === 0)) {
        open.delete(namespace);
        await before.door[Symbol.asyncDispose]();
        if (network) await inside.name({ fleet, namespace, names: [] });
      }
      if (!network || own.size === 0) return;
      let here = open.get(namespace);
      if (!here) {
        const { listen } = inside;
        const door = await insideDoor(network, { ...options, feed: routes.feed(namespace), ...(listen && { far: { listen, path: await socket() } }) });
        if (!door) return;
        open.set(namespace, here = { door, names: '' });
        void door.over?.then(() => lost(namespace, door));
      }
      // Whoever has no door there keeps its name to itself.
      const names = (await here.door.listenFor(own.values())).flatMap(insideNames).toSorted();
      if (here.names === names.join()) return;
      const missed = await inside.name({ fleet, namespace, names });
      here.names = names.join();
      if (missed > 0) once(`the server cannot write to files of ${platform}, so containers find services by name only where those were made before them`);
    }

    return {
      settle,
      door: (namespace: string) => open.get(namespace)?.door,
      // Who has no route needs no engine to answer.
      follow: () => first.promise.then(() => lasting(`networks of ${platform} cannot be followed`, async () => {
        for await (const networks of inside.watch({ fleet }, { signal })) {
          const before = present;
          present = new Map(networks.map((one) => [one.namespace, one]));
          for (const namespace of new Set([...before.keys(), ...present.keys()])) if (before.get(namespace)?.address !== present.get(namespace)?.address) void settle(namespace);
        }
      })),
      async close() {
        await Promise.all([...present.keys(), ...open.keys()].map((namespace) => settling.take(namespace, async () => {
          const here = open.get(namespace);
          if (!here) return;
          open.delete(namespace);
          // Whoever is called by its id is reached without a door as well.
          const names = [...routes.of(namespace).values()].filter(({ kind }) => kind === 'Service').flatMap(insideNames);
          await Promise.allSettled([inside.name({ fleet, namespace, names }), here.door[Symbol.asyncDispose]()]);
        })));
      },
    };
  }
}
