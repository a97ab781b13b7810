import { BlockList } from 'node:net';
import { type InsideNetwork, messageOf, NebError, type Route, type RouteFeed } from '@neb/core-types';
import { createGateway, type Gateway, type GatewayOptions } from '@neb/gateway';
import { insideRoute } from './inside-route.ts';

/** The door of a namespace within its own network. */
export interface InsideDoor extends AsyncDisposable {
  readonly at: InsideNetwork;
  readonly gauges: Gateway['gauges'];
  /** Listens at the ports that these routes are known by there; what cannot be listened at is told once. */
  listenFor(routes: Iterable<Route>): Promise<void>;
}

export interface InsideDoorOptions extends Pick<GatewayOptions, 'admission' | 'observer' | 'waker' | 'random'> {
  /** Of this namespace's routes alone: no request can name another's. */
  readonly feed: RouteFeed;
  /** Ports for all routes by name, in order of preference; one that cannot be had is left out. */
  readonly ports: readonly number[];
  /** Whether routes' own ports are free at this address. */
  readonly hasOwnPorts: boolean;
  readonly drainMs: number;
  readonly warn: (message: string, error?: unknown) => void;
}

/** Opens it. Rejects where this machine cannot listen there at all, as where the engine runs in a virtual machine. */
export async function insideDoor(at: InsideNetwork, options: InsideDoorOptions): Promise<InsideDoor> {
  const { feed, ports, hasOwnPorts, drainMs, warn, ...rest } = options;
  const gateway = await firstOf(ports, (port) => createGateway({
    ...rest, feed: seenInside(feed, hasOwnPorts),
    // Containers of other networks reach the addresses of this machine in this one, too.
    listen: { host: at.address, port, lets: within(at.subnet) },
    onTrouble: (error) => warn(`the door within namespace ${at.namespace} has trouble`, error),
  }));
  const tried = new Set([gateway.address.port]);
  const also = async (port: number, isMissed: (error: unknown) => void): Promise<void> => {
    if (tried.has(port)) return;
    tried.add(port);
    await gateway.listenAt(port).catch(isMissed);
  };
  for (const port of ports) await also(port, () => undefined);

  return {
    at,
    gauges: () => gateway.gauges(),
    async listenFor(routes) {
      for (const { proxyPort, name } of routes) {
        if (proxyPort !== undefined) await also(proxyPort, (error) => warn(`container ${at.namespace}/${name} cannot be reached at port ${proxyPort} by its id within its namespace: ${messageOf(error)}`));
      }
    },
    async [Symbol.asyncDispose]() {
      await gateway.drain(drainMs);
      await gateway[Symbol.asyncDispose]();
    },
  };
}

async function firstOf(ports: readonly number[], open: (port: number) => Promise<Gateway>): Promise<Gateway> {
  let last: unknown;
  for (const port of ports) {
    try {
      return await open(port);
    } catch (error) {
      last = error;
    }
  }
  throw new NebError('unavailable', `none of the ports ${ports.join(', ')} can be listened at`, { cause: last });
}

function seenInside(feed: RouteFeed, hasOwnPorts: boolean): RouteFeed {
  return {
    async *watch(call) {
      for await (const change of feed.watch(call)) yield 'put' in change ? { put: insideRoute(change.put, hasOwnPorts) } : change;
    },
  };
}

function within(subnet: string): (address: string) => boolean {
  const [network = '', prefix] = subnet.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), 'ipv4');
  return (address) => list.check(address);
}
