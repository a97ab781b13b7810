import { Readable } from 'node:stream';
import type { ClientRequest } from './client.ts';

/** The client ended its request before that was whole: nobody is there to be told. */
export class ClientLeft extends Error {
  constructor() {
    super('The client left before its request was whole.');
  }
}

/** A client's body on its way to a replica. */
export interface OnwardBody {
  readonly stream: Readable;
  /** Bytes that went through. */
  readonly bytes: number;
}

/**
 * A stream that is the request's body to whoever sends it on, and that can be destroyed without the client's connection:
 * an answer still has to go there. It reads only what is asked for, and begins when it is first asked.
 */
export function onwardBody(request: ClientRequest, { begin, seen }: { readonly begin: () => void; readonly seen: ((chunk: Uint8Array) => void) | undefined }): OnwardBody {
  let bytes = 0;
  let begun = false;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    seen?.(chunk);
    if (!stream.push(chunk)) request.pause();
  };
  const onEnd = (): void => void stream.push(null);
  const onGone = (): void => {
    if (!request.readableEnded) stream.destroy(new ClientLeft());
  };
  const stream = new Readable({
    highWaterMark: 64 * 1_024,
    read() {
      if (!begun) {
        begun = true;
        begin();
        request.on('data', onData).once('end', onEnd).once('close', onGone).once('error', onGone);
        if (request.readableEnded) onEnd();
      }
      request.resume();
    },
    destroy(error, done) {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      // What is left of it is nobody's, but may still break.
      request.on('error', () => undefined);
      if (begun && !request.readableEnded) request.pause();
      done(error);
    },
  });
  return { stream, get bytes() { return bytes; } };
}

/** The whole body, if it is not larger than the limit. Rejects with `ClientLeft` where it does not come. */
export async function wholeBody(request: ClientRequest, limitBytes: number): Promise<Buffer | undefined> {
  if (request.destroyed || ('stream' in request && request.stream.destroyed)) throw new ClientLeft();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > limitBytes) resolve(undefined);
    else chunks.push(chunk);
  };
  const onEnd = (): void => resolve(Buffer.concat(chunks, size));
  const onGone = (): void => reject(new ClientLeft());
  request.on('data', onData).once('end', onEnd).once('close', onGone).once('error', onGone);
  try {
    return await promise;
  } finally {
    request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
    if (!request.readableEnded) request.pause();
  }
}
