import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { isNebError } from '@neb/core-types';
import { type Context, isSocketUrl, maxFrameBytes, serveSocket } from '@neb/sdk/contract';
import type { WebSocket, WebSocketServer } from 'ws';

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
    if (closing) return refuse(socket, 503, goodbye);
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
      if (why !== undefined) return refuse(socket, 403, why);
      if (closing) return refuse(socket, 503, goodbye);
      if (!isSocketUrl(request.url ?? '/')) return refuse(socket, 404, 'there is no socket here');
      serve(request, socket, head).catch((error: unknown) => (isNebError(error, 'unavailable') ? refuse(socket, 503, error.message) : void socket.destroy()));
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

function refuse(socket: Duplex, status: 403 | 404 | 503, message: string): void {
  const code = { 403: 'unauthorized', 404: 'not_found', 503: 'unavailable' } as const;
  const body = JSON.stringify({ error: { code: code[status], message } });
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
