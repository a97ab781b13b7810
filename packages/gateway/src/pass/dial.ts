import type { Socket } from 'node:net';
import type { InstanceAt, Replica } from '@neb/core-types';
import type { buildConnector } from 'undici';

/** Opens a connection to a port inside an instance that no address leads to from here; connected when it resolves. Rejects where nothing takes it. */
export type Dial = (at: InstanceAt, port: number, signal: AbortSignal) => Promise<Socket>;

/** The same to one replica, for at most so many milliseconds. */
export type Open = (port: number, ms: number) => Promise<Socket>;

/** How long a replica that has to be dialled may take to accept a connection, in milliseconds: the way to it may have to be made first. */
const dialMs = 15_000;

/** How a replica is reached that has to be dialled; `undefined` for one that has an address. */
export function openerOf({ id, via }: Replica, dial: Dial | undefined): Open | undefined {
  if (!via) return undefined;
  return async (port, ms) => {
    if (!dial) throw new Error(`Replica ${id} has to be dialled, and this gateway was given nothing that dials.`);
    return await dial(via, port, AbortSignal.timeout(ms));
  };
}

/** Connections of a pool to a replica that has to be dialled. */
export function connectorOver(open: Open, origin: string): buildConnector.connector {
  const port = portOf(new URL(origin));
  return (_, done) => void open(port, dialMs).then((socket) => done(null, socket), (error: unknown) => done(error as Error, null));
}

/** A connection for one request of Node's own client. */
export function connectionOver(open: Open, { port, ms = dialMs }: { readonly port: number; readonly ms?: number | undefined }): (_: unknown, done: (error: Error | null, socket: Socket) => void) => undefined {
  return (_, done) => void open(port, ms).then((socket) => done(null, socket), (error: unknown) => done(error as Error, undefined as never));
}

export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
