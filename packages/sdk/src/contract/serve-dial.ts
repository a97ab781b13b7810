import type { Connection } from '@neb/core-types';
import { readControl, readJson, type DialControl } from '../wire/frames.ts';
import { type FrameSocket, pieces, type RawSocket } from '../wire/socket.ts';
import { aborted, serveSession, type ServeSocketOptions } from './serve-session.ts';

/**
 * Joins the client behind `socket` with a connection: resolves when both have sent all, or one has gone. Never rejects.
 */
export function serveDial(socket: RawSocket, open: (signal: AbortSignal) => Promise<Connection>, options: ServeSocketOptions = {}): Promise<void> {
  return serveSession(socket, {
    failed: (error) => text({ do: 'error', error }),
    run: async (frames, signal) => {
      await using connection = await open(signal);
      await frames.send(text({ do: 'open' }));
      await Promise.race([Promise.all([toClient(frames, connection), fromClient(frames, connection)]), aborted(signal)]);
    },
  }, options);
}

async function toClient(socket: FrameSocket, connection: Connection): Promise<void> {
  for await (const data of connection.readable) {
    for (const piece of pieces(data)) await socket.send(piece);
  }
  await socket.send(text({ do: 'eof' }));
}

async function fromClient(socket: FrameSocket, connection: Connection): Promise<void> {
  for await (const frame of socket.frames) {
    if (frame.binary) await connection.write(frame.data);
    else if (readControl(readJson(frame.text)).do === 'eof') return connection.closeWrite();
  }
}

function text(control: DialControl): string {
  return JSON.stringify(control);
}
