import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { NebError } from '@neb/core-types';
import { type Certificate, type CertificateFiles, readCertificate, watchCertificate } from './certificate.ts';
import { type Doors, isStream } from './doors.ts';
import { isLoopback } from './gate.ts';
import { rawAnswer, safeHeaders, tlsOnly } from './safe-headers.ts';
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
  /** Speaks TLS 1.2 and newer instead of plain HTTP. */
  readonly tls?: CertificateFiles | undefined;
  /** How often the certificate is looked at; 5,000 by default. */
  readonly renewalMs?: number | undefined;
  /** Told why a changed certificate is not taken over; the one before stays. */
  readonly onBadCertificate?: ((error: unknown) => void) | undefined;
}

/** Of the request line and the headers together. */
const headBytes = 16_384;
/** Longer than load balancers keep idle connections, so that they, not we, close them. */
const idleMs = 75_000;

/** Listens. Throws `conflict` where the port is taken, and `invalid` where the address or the certificate is of no use. */
export async function listen(doors: Doors, sockets: Sockets, { host, port, headMs = 15_000, tls, renewalMs = 5_000, onBadCertificate = () => {} }: ListenOptions): Promise<HttpServer> {
  const streams = new Set<ServerResponse>();
  let closing = false;
  const headers = Object.entries({ ...safeHeaders, ...(tls && !isLoopback(host) && tlsOnly) });
  const limits = { headersTimeout: headMs, connectionsCheckingInterval: headMs / 3, requestTimeout: 0, keepAliveTimeout: idleMs, noDelay: true, maxHeaderSize: headBytes };
  const { server, renew } = serverFor(limits, tls && (await readCertificate(tls)));
  const unwatch = tls && renew && watchCertificate(tls, { everyMs: renewalMs, renewed: renew, failed: onBadCertificate });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of headers) response.setHeader(name, value);
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
    if (socket.writable) socket.end(rawAnswer(headRefusals[(error as NodeJS.ErrnoException).code ?? ''] ?? '400 Bad Request'));
  });
  await listening().catch((error: unknown) => {
    unwatch?.();
    throw error;
  });

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
      unwatch?.();
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      server.closeIdleConnections();
      // A stream that ends well tells its reader that there is no more; one that breaks is taken up again.
      for (const response of streams) if (isStream(response)) response.destroy();
      await Promise.all([closed, sockets.close()]);
    },
    destroy: () => server.closeAllConnections(),
  };
}

const headRefusals: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout', HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

interface Listener {
  readonly server: ReturnType<typeof createServer>;
  /** Connections that there are keep the certificate they began with. */
  readonly renew?: (certificate: Certificate) => void;
}

function serverFor(limits: ServerOptions, certificate: Certificate | undefined): Listener {
  if (!certificate) return { server: createServer(limits) };
  const server = createTlsServer({ ...limits, ...certificate, handshakeTimeout: limits.headersTimeout });
  return { server, renew: (next) => server.setSecureContext(next) };
}

function listenError(cause: NodeJS.ErrnoException, { host, port }: ListenOptions): NebError {
  switch (cause.code) {
    case 'EADDRINUSE': return new NebError('conflict', `port ${port} on ${host} is taken`, { cause, hint: 'Another server may run already; NEB_PORT chooses another port.' });
    case 'EACCES': return new NebError('invalid', `port ${port} needs privileges this server does not have`, { cause, hint: 'NEB_PORT chooses another port; 1024 and above are free for all.' });
    default: return new NebError('invalid', `cannot listen on ${host}:${port}: ${cause.message}`, { cause, hint: 'NEB_HOST must be an address of this machine.' });
  }
}
