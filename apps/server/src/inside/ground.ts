import { rm } from 'node:fs/promises';
import { BlockList, connect } from 'node:net';
import type { InsideListener, InsideNetwork, InsideNetworks } from '@neb/core-types';
import { createGateway, type Gateway, type GatewayOptions } from '@neb/gateway';
import { join } from '../gateway/far/join.ts';

/** What a door stands on: a gateway that a network leads to, port by port. */
export interface Ground {
  readonly gateway: Gateway;
  /** Where it listens from the beginning. */
  readonly port: number;
  /** At one more. Rejects with what is in the way. */
  listenAt(port: number): Promise<void>;
  /** Resolves once the network leads here no more, as where the way to its host broke. */
  readonly over?: Promise<void> | undefined;
  /** Listens no more; what is under way goes on. */
  close(): Promise<void>;
}

export type GroundOptions = Omit<GatewayOptions, 'listen'>;

/** At an address of this machine. Rejects with the system's error. */
export async function nearGround({ address, subnet }: InsideNetwork, port: number, options: GroundOptions): Promise<Ground> {
  // Containers of other networks reach the addresses of this machine in this one, too.
  const gateway = await createGateway({ ...options, listen: { host: address, port, lets: within(subnet) } });
  return { gateway, port: gateway.address.port, listenAt: gateway.listenAt, close: async () => undefined };
}

/** How a door is had at an address of another host. */
export interface Far {
  readonly listen: NonNullable<InsideNetworks['listen']>;
  /** Of a unix socket, which is nobody else's. */
  readonly path: string;
}

/** At an address of another host, which listens for this machine. What comes there is passed on to the gateway at a unix socket. Rejects as `listen` does. */
export async function farGround({ address, subnet }: InsideNetwork, port: number, { path, listen, ...options }: GroundOptions & Far): Promise<Ground> {
  await rm(path, { force: true });
  const gateway = await createGateway({ ...options, listen: { port: 0, path } });
  const isOfNetwork = within(subnet);
  const listeners: InsideListener[] = [];
  const over = Promise.withResolvers<void>();
  const listenAt = async (other: number): Promise<void> => {
    const listener = await listen({ address, port: other }, (connection, from) => {
      if (!isOfNetwork(from)) return void connection[Symbol.asyncDispose]();
      void join(connect({ path, allowHalfOpen: true }).on('error', () => undefined), connection);
    });
    listeners.push(listener);
    void listener.over.then(over.resolve);
  };
  try {
    await listenAt(port);
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
  return {
    gateway, port, listenAt,
    over: over.promise,
    async close() {
      await Promise.allSettled(listeners.splice(0).map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

function within(subnet: string): (address: string) => boolean {
  const [network = '', prefix] = subnet.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), 'ipv4');
  return (address) => list.check(address);
}
