import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NebError } from '@neb/core-types';
import { type Doors, isStream } from './doors.ts';
import type { Sockets } from './sockets.ts';

export interface HttpServer {
  readonly port: number;
  /** Stops taking connections and cuts streams, whose readers then go on elsewhere; resolves when all answers are written. */
  close(): Promise<void>;
  /** Cuts whatever is left. */
  destroy(): void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** How long a request's head may take to come in; 15,000 by default. */
  readonly headMs?: number | undefined;
}

/** Longer than load balancers keep idle connections, so that they, not we, close them. */
const idleMs = 75_000;

/** Listens. Throws `conflict` where the port is taken, and `invalid` where the address is not ours. */
export async function listen(doors: Doors, sockets: Sockets, { host, port, headMs = 15_000 }: ListenOptions): Promise<HttpServer> {
  const streams = new Set<ServerResponse>();
  let closing = false;
  const server = createServer({ headersTimeout: headMs, connectionsCheckingInterval: headMs / 3, requestTimeout: 0, keepAliveTimeout: idleMs, noDelay: true }, (request: IncomingMessage, response: ServerResponse) => {
    streams.add(response);
    response.on('close', () => {
      streams.delete(response);
      // Node takes a kept-alive connection for busy until the answer is out.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    if (closing) response.setHeader('connection', 'close');
    void doors.answer(request, response);
  });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  server.on('clientError', (error, socket) => {
    if (socket.writable) socket.end(`HTTP/1.1 ${(error as NodeJS.ErrnoException).code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'}\r\nconnection: close\r\n\r\n`);
  });
  await listening();

  function listening(): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, { host, port })));
      server.listen({ host, port }, resolve);
    });
  }

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      closing = true;
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      server.closeIdleConnections();
      // A stream that ends well tells its reader that there is no more; one that breaks is taken up again.
      for (const response of streams) if (isStream(response)) response.destroy();
      await Promise.all([closed, sockets.close()]);
    },
    destroy: () => server.closeAllConnections(),
  };
}

function listenError(cause: NodeJS.ErrnoException, { host, port }: ListenOptions): NebError {
  switch (cause.code) {
    case 'EADDRINUSE': return new NebError('conflict', `port ${port} on ${host} is taken`, { cause, hint: 'Another server may run already; NEB_PORT chooses another port.' });
    case 'EACCES': return new NebError('invalid', `port ${port} needs privileges this server does not have`, { cause, hint: 'NEB_PORT chooses another port; 1024 and above are free for all.' });
    default: return new NebError('invalid', `cannot listen on ${host}:${port}: ${cause.message}`, { cause, hint: 'NEB_HOST must be an address of this machine.' });
  }
}
