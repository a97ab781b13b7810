import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '@neb/core-types';
import { inTime } from './in-time.ts';

const connectMs = 10_000;

/** A TCP connection, whose ends are two: the end of what one side sends is not that of the other. Rejects with what the network says, or the signal's reason. */
export async function connectTo({ host, port }: { readonly host: string; readonly port: number }, { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined }): Promise<Duplex> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 5_000 });
  const connected = new Promise<Duplex>((resolve, reject) => {
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
  try {
    return await inTime(connected, { clock, ms: connectMs, signal, late: () => new Error(`no connection to ${host}:${port} within ${connectMs / 1_000} s`) });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
