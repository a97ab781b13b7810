import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isTcp } from '../listen/is-tcp.ts';

/** A request of either version of HTTP. */
export type ClientRequest = IncomingMessage | Http2ServerRequest;
export type ClientResponse = ServerResponse | Http2ServerResponse;

/** HTTP/2 has streams of its own on a connection. */
export function isHttp2(response: ClientResponse): response is Http2ServerResponse {
  return 'stream' in response;
}

/** Whether anything may be sent before the answer: HTTP/1.0 would take it for that. */
export function takesHints(response: ClientResponse): boolean {
  // What stands in for a response has no request, and leaves hints out by itself.
  return isHttp2(response) || (response as Partial<Pick<ServerResponse, 'req'>>).req?.httpVersionMinor !== 0;
}

/** What of the connection below matters. */
export function connectionOf(request: ClientRequest): { readonly address: string; readonly secure: boolean; readonly serverName: string | undefined; readonly port: number | undefined } {
  const socket = ('stream' in request ? request.stream.session?.socket : request.socket) as (Socket & Partial<TLSSocket> & { servername?: string | false }) | undefined;
  const address = socket?.remoteAddress ?? '';
  return {
    address: address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address,
    secure: socket?.encrypted === true,
    serverName: typeof socket?.servername === 'string' && socket.servername !== '' ? socket.servername : undefined,
    port: socket?.localPort,
  };
}

/** Begins an answer; `headers` are names and values in turn. Where it throws, another answer can begin. */
export function writeHead(response: ClientResponse, status: number, headers: readonly string[]): void {
  try {
    // Both take a flat list; the types of one of them do not say so.
    (response as { writeHead(code: number, flat: readonly string[]): unknown }).writeHead(status, headers);
  } catch (error) {
    // HTTP/2 keeps what it refused.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    throw error;
  }
}

/** Sends the headers now, without waiting for the body. */
export function flush(response: ClientResponse): void {
  (response as ServerResponse).flushHeaders();
}

export function isGone(response: ClientResponse): boolean {
  return isHttp2(response) ? response.stream.destroyed : response.destroyed;
}

/** Ends an answer that began so that nobody takes it for whole. */
export function breakOff(response: ClientResponse): void {
  if (isHttp2(response)) {
    // INTERNAL_ERROR: the stream is reset, the connection goes on.
    response.stream.close(2);
    return;
  }
  const { socket } = response;
  // Before HTTP/1.1, and where nothing says where the body ends, a plain end would look like a whole answer.
  if (socket && response.req.httpVersionMinor === 0 && isTcp(socket)) socket.resetAndDestroy();
  else response.destroy();
}
