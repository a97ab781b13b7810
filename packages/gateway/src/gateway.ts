import { fraction, newId, type Route, systemClock, systemRandom } from '@neb/core-types';
import type { AddressInfo, Server, Socket } from 'node:net';
import { fleet } from './balance/fleet.ts';
import type { Waiting } from './balance/queue.ts';
import type { Asking } from './balance/starters.ts';
import { monotonic } from './clock.ts';
import { later } from './later/later.ts';
import { acceptor, listenAt, listenOn } from './listen/accept.ts';
import { httpServers } from './listen/http.ts';
import { defaultLimits, type GatewayOptions } from './options.ts';
import type { LiveRoute } from './pass/forward.ts';
import { follow } from './routes/follow.ts';
import { routeTable } from './routes/table.ts';
import { serve } from './serve.ts';
import { type GatewayGauge, tally } from './tally.ts';

/** A running gateway. Disposing of it ends everything at once; `drain` first to be polite. */
export interface Gateway extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  /** Listens at another port of the same host too. Rejects with the system's error where that cannot be. */
  listenAt(port: number): Promise<void>;
  /** Resolves once the feed has told all routes; until then requests for unknown ones are answered with 503. */
  readonly synced: Promise<void>;
  /** What was seen of each route since the last time; one that is gone is among them until what it had in flight is over, and once more. */
  gauges(): readonly GatewayGauge[];
  /** Takes no new connections and waits at most `ms` for what is in flight. Resolves with how many requests were left. */
  drain(ms: number): Promise<number>;
}

/** Starts a gateway, which listens when this resolves. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const host = options.listen.host ?? '127.0.0.1';
  const { path } = options.listen;
  const listener = path === undefined ? await listenOn(host, options.listen.port) : await listenAt({ path });
  const port = path === undefined ? (listener.address() as AddressInfo).port : 0;
  const core = gatewayCore(options, { open: async (own) => listenOn(host, own), mainPort: () => port });
  core.take(listener);
  return { ...core.gateway, listenAt: async (other) => core.take(await listenOn(host, other)), address: { host, port } };
}

/** Where ports that belong to one route come from. */
export interface Ports {
  open(port: number): Promise<Server>;
  readonly mainPort: () => number;
  /** Something came, or a route changed: gauges may be others soon. */
  readonly stirred?: (() => void) | undefined;
}

/** A gateway that is given its listening sockets. */
export function gatewayCore(options: GatewayOptions, ports: Ports): { readonly gateway: Omit<Gateway, 'address' | 'listenAt'>; take(listener: Server): void } {
  const limits = { ...defaultLimits, ...options.limits };
  const now = options.clock ? () => options.clock!.now() : monotonic;
  const random = options.random ?? systemRandom;
  const draw = (): number => fraction(random);
  const waiting: Waiting = { count: 0, bytes: 0, most: limits.waiting, mostBytes: limits.waitingBytes };
  const asking: Asking = { count: 0 };
  const table = routeTable<LiveRoute>();
  /** Those that are gone, and work on requests still. */
  const leaving = new Map<string, LiveRoute>();
  const ended = new AbortController();
  const listeners = new Set<Server>();
  const own = new Map<number, Promise<Server | undefined>>();
  const sockets = new Set<Socket>();
  const synced = Promise.withResolvers<void>();
  const prefix = newId(random);
  let requests = 0;
  let isSynced = false;
  let isDraining = false;
  let underWay = 0;
  let whenIdle: (() => void) | undefined;

  const servers = httpServers(
    serve({
      options, limits, table, now,
      later: options.results === undefined ? undefined : later(options.results),
      nextId: () => `${prefix}-${(requests++).toString(36)}`,
      isSynced: () => isSynced,
      isDraining: () => isDraining,
      began() {
        underWay += 1;
        ports.stirred?.();
      },
      ended() {
        underWay -= 1;
        if (underWay === 0) whenIdle?.();
      },
    }),
    limits,
  );
  const accept = acceptor(servers, options.listen.tls, limits.headerMs);
  const take = (listener: Server): void => {
    if (ended.signal.aborted) return void listener.close();
    listeners.add(listener);
    listener.on('error', (error) => options.onTrouble?.(error));
    listener.on('connection', (socket) => {
      if (options.listen.lets?.(socket.remoteAddress ?? '') === false) return void socket.destroy();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      accept(socket);
    });
  };
  const openPort = (port: number | undefined): void => {
    if (port === undefined || own.has(port) || port === ports.mainPort()) return;
    own.set(port, ports.open(port).then((listener) => {
      if (own.has(port) && !ended.signal.aborted && !isDraining) take(listener);
      else listener.close();
      return listener;
    }, (error: unknown) => {
      own.delete(port);
      options.onTrouble?.(new Error(`Port ${port} of a route cannot be listened on.`, { cause: error }));
      return undefined;
    }));
  };
  const closePort = (port: number | undefined): void => {
    const listener = port === undefined ? undefined : own.get(port);
    if (!listener) return;
    own.delete(port!);
    void listener.then((one) => {
      if (one) listeners.delete(one);
      one?.close();
    });
  };

  const follower = {
    ids: () => [...table.values()].map(({ route }) => route.id),
    put(route: Route) {
      const known = table.get(route.id);
      if (known?.route.port !== route.port) closePort(known?.route.port);
      const live: LiveRoute = known ?? {
        route,
        fleet: fleet(route, { now, random: draw, zone: options.zone, dial: options.dial, waiting, asking, wake: (id, signal) => options.waker.wake(id, signal), wakeAgainMs: 5_000 }),
        tally: tally(draw),
      };
      live.route = route;
      leaving.delete(route.id);
      table.put(route, live);
      if (known) live.fleet.update(route);
      openPort(route.port);
      ports.stirred?.();
    },
    remove(id: string) {
      const live = table.remove(id);
      if (!live) return;
      closePort(live.route.port);
      live.fleet.close();
      if (live.fleet.inFlight > 0) leaving.set(id, live);
    },
    synced() {
      isSynced = true;
      synced.resolve();
    },
    trouble: (error: Error) => options.onTrouble?.(new Error('The feed of routes broke. The last known ones are served.', { cause: error })),
  };
  const following = follow(options.feed, follower, { signal: ended.signal, sleep: (ms, signal) => systemClock.sleep(ms, signal) });

  const drain = async (ms: number): Promise<number> => {
    isDraining = true;
    for (const listener of listeners) listener.close();
    servers.wind();
    if (underWay > 0) {
      const idle = Promise.withResolvers<void>();
      const timer = setTimeout(idle.resolve, ms);
      whenIdle = idle.resolve;
      await idle.promise;
      clearTimeout(timer);
    }
    // Answers that were just written have a moment to leave.
    servers.wind();
    return underWay;
  };

  return {
    take,
    gateway: {
      synced: synced.promise,
      gauges() {
        const gone = [...leaving.values()];
        for (const { route, fleet: of } of gone) if (of.inFlight === 0) leaving.delete(route.id);
        return [...[...table.values()].map(gaugeOf), ...gone.map((one) => ({ ...gaugeOf(one), isGone: true as const }))];
      },
      drain,
      async [Symbol.asyncDispose]() {
        ended.abort();
        isDraining = true;
        for (const listener of listeners) listener.close();
        servers.close();
        for (const socket of sockets) socket.destroy();
        for (const { fleet: of } of table.values()) of.close();
        await following;
      },
    },
  };
}

function gaugeOf({ route, fleet: of, tally: counts }: LiveRoute): GatewayGauge {
  return { id: route.id, inFlight: of.inFlight, waiting: of.waiting, inFlightEach: of.inFlightEach(), ...counts.take() };
}
