import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Whether it can be reset: a unix socket has no address, and Node throws where it is asked to; TLS has ends of its own. */
export function isTcp(stream: Duplex): stream is Socket {
  return 'resetAndDestroy' in stream && !('encrypted' in stream) && (stream as Socket).remoteAddress !== undefined;
}
