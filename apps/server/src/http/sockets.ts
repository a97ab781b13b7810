import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { isNebError, NebError } from '@neb/core-types';
import { type Context, isSocketUrl, maxFrameBytes, restError, serveSocket, unauthenticated } from '@neb/sdk/contract';
import type { WebSocket, WebSocketServer } from 'ws';
import { rawAnswer } from './safe-headers.ts';

export interface Sockets {
  /** Serves an upgrade, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to every socket, and cuts those that do not answer within a second. */
  close(): Promise<void>;
}

export interface SocketsOptions {
  readonly context: (request: IncomingMessage) => Promise<Context>;
  /** Why a request may not come in. */
  readonly stranger: (request: IncomingMessage) => string | undefined;
}

const goingAway = 1_001;
const goodbyeMs = 1_000;
const goodbye = 'the server is shutting down';

/** WebSockets for exec and port-forward. The library is loaded with the first of them. */
export function sockets({ context, stranger }: SocketsOptions): Sockets {
  const open = new Set<WebSocket>();
  const ended = new Set<Promise<void>>();
  let server: Promise<WebSocketServer> | undefined;
  let closing = false;

  async function serve(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    server ??= import('ws').then((ws) => new ws.WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false }));
    const handshakes = await server;
    const found = await context(request);
    if (closing) return refuse(socket, new NebError('unavailable', goodbye));
    if (!found.caller) return refuse(socket, unauthenticated());
    handshakes.handleUpgrade(request, socket, head, (raw) => {
      open.add(raw);
      const over = serveSocket(raw, request.url ?? '/', found).finally(() => {
        open.delete(raw);
        ended.delete(over);
      });
      ended.add(over);
    });
  }

  return {
    upgrade(request, socket, head) {
      // Until the upgrade nobody else listens, and an error nobody listens to ends the process.
      socket.on('error', () => socket.destroy());
      const why = stranger(request);
      if (why !== undefined) return refuse(socket, new NebError('unauthorized', why));
      if (closing) return refuse(socket, new NebError('unavailable', goodbye));
      if (!isSocketUrl(request.url ?? '/')) return refuse(socket, new NebError('not_found', 'there is no socket here'));
      serve(request, socket, head).catch((error: unknown) => (isNebError(error) ? refuse(socket, error) : socket.destroy()));
    },
    async close() {
      closing = true;
      for (const raw of open) raw.close(goingAway);
      const cut = setTimeout(() => open.forEach((raw) => raw.terminate()), goodbyeMs);
      await Promise.all(ended);
      clearTimeout(cut);
    },
  };
}

function refuse(socket: Duplex, error: NebError): void {
  const { status, headers, body } = restError(error);
  socket.end(rawAnswer(`${status} ${STATUS_CODES[status]}`, { headers, body }));
}
