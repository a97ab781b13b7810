import type { Connection } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';
import { type DialControl, readControl, readJson } from '../wire/frames.ts';
import { type FrameSocket, pieces } from '../wire/socket.ts';

/** The far end of `socket` as a connection; resolves once the server has opened it. */
export async function connectionOver(socket: FrameSocket): Promise<Connection> {
  const frames = socket.frames[Symbol.asyncIterator]();
  const first = await frames.next();
  const opened = first.done || first.value.binary ? undefined : readControl(readJson(first.value.text));
  if (opened?.do !== 'open') {
    socket.close();
    throw opened?.do === 'error' ? opened.error : new NebError('unavailable', 'the server ended the connection before it was open');
  }

  let halves = 2;
  const halfDone = (): void => {
    if (--halves === 0) socket.close();
  };

  async function* readable(): AsyncGenerator<Uint8Array> {
    for (let next = await frames.next(); !next.done; next = await frames.next()) {
      if (next.value.binary) {
        yield next.value.data;
        continue;
      }
      const control = readControl(readJson(next.value.text));
      if (control.do === 'error') throw control.error;
      if (control.do === 'eof') return halfDone();
    }
  }

  return {
    readable: readable(),
    write: async (data) => {
      for (const piece of pieces(data)) await socket.send(piece);
    },
    closeWrite: async () => {
      const eof: DialControl = { do: 'eof' };
      await socket.send(JSON.stringify(eof));
      halfDone();
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await socket.closed;
    },
  };
}
