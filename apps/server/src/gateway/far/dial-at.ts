import { connect } from 'node:net';
import { NebError } from '@neb/core-types';
import type { Dial } from '@neb/gateway';
import type { DialRequest } from './dials.ts';
import { readLine } from './line.ts';

/** Dials by whoever hears at this unix socket. Rejects with `unavailable` where it does not come to a connection, in that one's words. */
export function dialAt(path: string): Dial {
  return async ({ platform, ref }, port, signal) => {
    const socket = connect({ path, allowHalfOpen: true });
    // Told by the line that does not come, and later to whoever has the connection.
    socket.on('error', () => undefined);
    try {
      socket.write(`${JSON.stringify({ platform, ref, port } satisfies DialRequest)}\n`);
      const refusal = await readLine(socket, signal);
      if (refusal !== '') throw new NebError('unavailable', refusal);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
}
