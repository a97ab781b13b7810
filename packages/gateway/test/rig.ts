import { createServer, type IncomingMessage, type RequestListener, request, type RequestOptions, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Route, RouteChange, RouteFeed } from '@neb/core-types';
import { createGateway, type Gateway, type GatewayOptions } from '../src/index.ts';

/** A feed that a test fills by hand. */
export interface HandFeed extends RouteFeed {
  put(route: Route): void;
  remove(id: string): void;
  /** Ends every watch, as a server that goes away does. */
  end(): void;
}

export function handFeed(...first: readonly Route[]): HandFeed {
  const routes = new Map(first.map((route) => [route.id, route]));
  const watchers = new Set<(change: RouteChange | 'end') => void>();
  const tell = (change: RouteChange | 'end'): void => {
    for (const watcher of watchers) watcher(change);
  };
  return {
    async *watch(call) {
      const queue: (RouteChange | 'end')[] = [...[...routes.values()].map((put) => ({ put })), { synced: true as const }];
      let wake: (() => void) | undefined;
      const watcher = (change: RouteChange | 'end'): void => {
        queue.push(change);
        wake?.();
      };
      const onAbort = (): void => watcher('end');
      watchers.add(watcher);
      call?.signal?.addEventListener('abort', onAbort);
      try {
        for (;;) {
          const change = queue.shift();
          if (change === 'end') return;
          if (change) yield change;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        watchers.delete(watcher);
        call?.signal?.removeEventListener('abort', onAbort);
      }
    },
    put(route) {
      routes.set(route.id, route);
      tell({ put: route });
    },
    remove(id) {
      routes.delete(id);
      tell({ remove: id });
    },
    end: () => tell('end'),
  };
}

export function aRoute(name: string, origins: readonly string[], more: Partial<Route> = {}): Route {
  return {
    id: `id-${name}`, kind: 'Service', namespace: 'default', name, owner: 'me', hosts: [`${name}.test`], holdMs: 5_000, meters: [],
    replicas: origins.map((origin, i) => ({ id: `${name}-${i}`, origin })), ...more,
  };
}

export interface Upstream extends AsyncDisposable {
  readonly origin: string;
  readonly server: Server;
  readonly seen: IncomingMessage[];
  readonly port: number;
}

export async function upstream(listener: RequestListener, port = 0): Promise<Upstream> {
  const seen: IncomingMessage[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(incoming);
    listener(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const taken = (server.address() as AddressInfo).port;
  return {
    origin: `http://127.0.0.1:${taken}`, server, seen, port: taken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A gateway that lets everybody pass and has nobody to wake. */
export async function aGateway(feed: RouteFeed, more: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await createGateway({
    feed, listen: { port: 0 }, admission: { admit: () => ({ do: 'pass' }) }, waker: { wake: async () => undefined }, ...more,
  });
  await gateway.synced;
  return gateway;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** One request on a connection of its own. */
export function get(gateway: Pick<Gateway, 'address'>, host: string, options: RequestOptions & { readonly body?: string } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent: false, ...options, headers: { host, ...(options.headers as Record<string, string>) } }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      incoming.on('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers, trailers: incoming.trailers, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject).end(options.body);
  });
}

/** Sends bytes as they are, and resolves with what came back by the time the other side closed or `quietMs` passed without a byte. */
export function raw(port: number, bytes: string | Buffer, quietMs = 1_000): Promise<{ readonly text: string; readonly closed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const done = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, closed });
    };
    let timer = setTimeout(() => done(false), quietMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(() => done(false), quietMs);
    });
    socket.on('close', () => done(true)).on('error', () => done(true));
  });
}

/** Looks until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 5_000; i += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Never: ${String(isSo)}`);
}
