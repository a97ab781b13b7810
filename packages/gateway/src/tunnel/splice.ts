import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sever } from './upgrade.ts';

/** Two ends that are joined, and what is told of it. */
export interface Splicing {
  /** An error of either destroys it, and nothing else. */
  readonly client: Duplex;
  readonly upstream: Socket;
  /** What each had said before, and the other has not heard. */
  readonly fromClient: Buffer;
  readonly fromUpstream: Buffer;
  readonly onIn: ((chunk: Uint8Array) => void) | undefined;
  readonly onOut: ((chunk: Uint8Array) => void) | undefined;
  /** Once one end has said its last, so long may both be still. */
  readonly stallMs: number;
}

/**
 * Passes bytes both ways at the pace of whoever is slower. An end that has no more to say may listen on; one that breaks takes the other
 * along at once. Resolves when both are gone, and never rejects.
 */
export function splice({ client, upstream, fromClient, fromUpstream, onIn, onOut, stallMs }: Splicing): Promise<{ readonly bytesIn: number; readonly bytesOut: number }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly bytesIn: number; readonly bytesOut: number }>();
  let bytesIn = 0;
  let bytesOut = 0;
  let open = 2;
  const heardIn = (chunk: Buffer): void => {
    bytesIn += chunk.length;
    onIn?.(chunk);
  };
  const heardOut = (chunk: Buffer): void => {
    bytesOut += chunk.length;
    onOut?.(chunk);
  };
  const closed = (of: Duplex, other: Duplex): void => {
    if (!other.destroyed) leave(of, other);
    open -= 1;
    if (open === 0) resolve({ bytesIn, bytesOut });
  };
  upstream.setTimeout(0);
  upstream.on('timeout', () => {
    sever(client);
    sever(upstream);
  });
  client.once('close', () => closed(client, upstream));
  upstream.once('close', () => closed(upstream, client));
  if (fromUpstream.length > 0) {
    heardOut(fromUpstream);
    client.write(fromUpstream);
  }
  if (fromClient.length > 0) {
    heardIn(fromClient);
    upstream.write(fromClient);
  }
  client.on('data', heardIn);
  upstream.on('data', heardOut);
  for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
    from.pipe(to, { end: false });
    from.once('end', () => {
      upstream.setTimeout(stallMs);
      // A stream of HTTP/2 that is reset ends first, and is known to be broken only once all is read that came with it.
      setImmediate(() => !isBroken(from) && to.end());
    });
  }
  return promise;
}

/** One end is gone: where not all was said, the other must not take it for all. */
function leave(gone: Duplex, other: Duplex): void {
  if (gone.readableEnded && gone.writableFinished && !isBroken(gone)) other.end();
  else sever(other);
}

function isBroken(end: Duplex & { readonly rstCode?: number }): boolean {
  return Boolean(end.errored) || (end.rstCode ?? 0) !== 0;
}
