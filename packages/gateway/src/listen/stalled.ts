import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ClientRequest } from '../pass/client.ts';
import { cancel } from '../tunnel/upgrade.ts';
import { whenStill } from './when-still.ts';

/** Ends a stream of HTTP/2 once nothing moved for `ms` and its client is to blame: it owes a body that is waited for, takes nothing of its answer, or has all of it and stays. */
export function endWhenStalled(request: Http2ServerRequest, { stream }: Http2ServerResponse, ms: number): void {
  whenStill(stream, ms, () => {
    if (!isFlowing(request) && stream.writableLength === 0 && !stream.writableFinished) return;
    // Who has its whole answer has nothing to complain of.
    stream.close(stream.writableFinished ? 0 : cancel);
  });
}

/** Its body is read, and has not ended. */
export function isFlowing(request: ClientRequest): boolean {
  return !request.complete && request.readableFlowing === true;
}
