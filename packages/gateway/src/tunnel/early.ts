import type { Duplex } from 'node:stream';
import { sever } from './upgrade.ts';

/** What a client sends before it knows whether there is a WebSocket. */
export interface Early {
  /** Everything so far, in order; the stream stands still then, and is whoever's takes it. */
  take(): Buffer;
}

/** More waits with the client. */
const mostBytes = 64 * 1_024;

/** Reads a little ahead: only who reads notices that a client ends its side, which nobody does who still wants an answer. */
export function readEarly(stream: Duplex, head: Buffer): Early {
  const chunks = [head];
  let bytes = head.length;
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= mostBytes) stream.pause();
  };
  const onEnd = (): void => sever(stream);
  stream.on('data', onData).once('end', onEnd);
  return {
    take() {
      stream.off('data', onData).off('end', onEnd).pause();
      return Buffer.concat(chunks);
    },
  };
}
