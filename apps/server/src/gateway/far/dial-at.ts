import { connect, type Socket } from 'node:net';
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
      return tellingBreaks(socket);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
}

/** Whoever hears says its last and stays until that is heard. An end with nobody there is a break, and no end: an answer that lasts as long as its connection would look whole. */
function tellingBreaks(socket: Socket): Socket {
  const push = socket.push.bind(socket);
  socket.push = (chunk: unknown) => {
    // Writing nothing fails where nobody is there; what waits to be written would have told.
    if (chunk !== null || !socket.writable || socket.writableLength > 0) return push(chunk);
    socket.write('', (error) => void (error ?? push(null)));
    return false;
  };
  return socket;
}
