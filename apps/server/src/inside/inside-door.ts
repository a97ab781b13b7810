import { type InsideNetwork, isNebError, messageOf, NebError, type Route, type RouteFeed } from '@neb/core-types';
import type { Gateway, GatewayOptions } from '@neb/gateway';
import { type Far, farGround, type Ground, nearGround } from './ground.ts';
import { insideRoute } from './inside-route.ts';

/** The door of a namespace within its own network. */
export interface InsideDoor extends AsyncDisposable {
  readonly at: InsideNetwork;
  /** Resolves once the network leads to it no more. */
  readonly over?: Promise<void> | undefined;
  readonly gauges: Gateway['gauges'];
  /** Listens at the ports that these routes are known by there. Resolves with those that can be reached; of the others it is told once. */
  listenFor(routes: Iterable<Route>): Promise<readonly Route[]>;
}

export interface InsideDoorOptions extends Pick<GatewayOptions, 'admission' | 'observer' | 'waker' | 'dial' | 'zone' | 'random'> {
  /** Of this namespace's routes alone: no request can name another's. */
  readonly feed: RouteFeed;
  /** Ports for all routes by name, in order of preference; one that cannot be had is left out. */
  readonly ports: readonly number[];
  /** Whether routes' own ports are free at this address. */
  readonly hasOwnPorts: boolean;
  /** Where the address is another host's. */
  readonly far?: Far | undefined;
  readonly drainMs: number;
  readonly warn: (message: string, error?: unknown) => void;
}

const firstFreePort = 1_024;

/** Opens it; `undefined` where the address is not this machine's, as where the engine runs in a virtual machine. Rejects where no port can be had. */
export async function insideDoor(at: InsideNetwork, options: InsideDoorOptions): Promise<InsideDoor | undefined> {
  const { feed, ports, hasOwnPorts, drainMs, warn, far, ...rest } = options;
  // Only where it listens itself does it hear at which port somebody came.
  const seen = { ...rest, feed: seenInside(feed, hasOwnPorts && !far), onTrouble: (error: Error) => warn(`the door within namespace ${at.namespace} has trouble`, error) };
  const ground = await firstOf(ports, (port) => (far ? farGround(at, port, { ...seen, ...far }) : nearGround(at, port, seen)));
  if (!ground) return undefined;
  const { gateway } = ground;
  const heard = new Map([[ground.port, Promise.resolve(true)]]);
  const hears = async (port: number, isMissed: (error: unknown) => void): Promise<boolean> => {
    const known = heard.get(port) ?? ground.listenAt(port).then(() => true, (error: unknown) => (isMissed(error), false));
    heard.set(port, known);
    return await known;
  };
  for (const port of ports) await hears(port, () => undefined);

  return {
    at,
    over: ground.over,
    gauges: () => gateway.gauges(),
    async listenFor(routes) {
      const reached: Route[] = [];
      for (const route of routes) {
        const { proxyPort, name } = route;
        const missed = (error: unknown): void => warn(`container ${at.namespace}/${name} has no door within its namespace, where port ${proxyPort} cannot be listened at: ${messageOf(error)}`);
        // Ports of the system's own are nothing that a tenant may take.
        const isOpen = proxyPort === undefined || heard.has(proxyPort) || proxyPort >= firstFreePort;
        if (isOpen && (proxyPort === undefined || (await hears(proxyPort, missed)))) reached.push(route);
      }
      return reached;
    },
    async [Symbol.asyncDispose]() {
      await ground.close();
      await gateway.drain(drainMs);
      await gateway[Symbol.asyncDispose]();
    },
  };
}

async function firstOf(ports: readonly number[], open: (port: number) => Promise<Ground>): Promise<Ground | undefined> {
  let last: unknown;
  for (const port of ports) {
    try {
      return await open(port);
    } catch (error) {
      last = error;
      if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL') return undefined;
    }
  }
  throw new NebError('unavailable', `none of the ports ${ports.join(', ')} can be listened at: ${messageOf(last)}`, { cause: last, hint: isNebError(last) ? last.hint : undefined });
}

function seenInside(feed: RouteFeed, hasOwnPorts: boolean): RouteFeed {
  return {
    async *watch(call) {
      for await (const change of feed.watch(call)) yield 'put' in change ? { put: insideRoute(change.put, hasOwnPorts) } : change;
    },
  };
}
