import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { WebSocketServer } from 'ws';
import { type Context, type Fault, isSocketUrl, maxFrameBytes, restHandler, router, type Services, serveSocket } from '../src/contract/index.ts';
import { alice } from './memory-services.ts';

/** Both doors and the sockets over real HTTP, as a server wires them. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly faults: Fault[];
  /** URLs asked for, in order. */
  readonly asked: string[];
  /** Ends every connection at once, in the middle of whatever it carries. */
  cut(): void;
  /** Closes the door; `start` opens it again at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const token = 'good-token';

export async function testServer(services: Services): Promise<TestServer> {
  const faults: Fault[] = [];
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let requests = 0;
  const context = (request: IncomingMessage): Context => ({
    caller: request.headers.authorization === `Bearer ${token}` ? alice : undefined,
    services,
    requestId: `r${requests++}`,
    onError: (fault) => faults.push(fault),
  });
  const trpc = createHTTPHandler({ router, basePath: '/trpc/', createContext: ({ req }) => context(req) });
  const rest = restHandler({ context, version: '1.2.3' });
  const upgrades = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });

  let server: Server;
  let port = 0;
  const start = async (): Promise<void> => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url?.startsWith('/trpc/')) trpc(request, response);
      else void rest(request, response);
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => {
      const url = request.url ?? '';
      asked.push(url);
      if (!isSocketUrl(url)) return void socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n{"error":{"code":"not_found","message":"there is nothing here"}}');
      upgrades.handleUpgrade(request, socket, head, (websocket) => void serveSocket(websocket, url, context(request)));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    cut();
    await closed;
  };
  await start();
  return { url: `http://127.0.0.1:${port}`, faults, asked, cut, stop, start, [Symbol.asyncDispose]: stop };
}
