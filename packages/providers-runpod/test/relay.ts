import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A door of this machine, which counts who goes through. */
export interface Relay extends AsyncDisposable {
  /** Where it is. */
  readonly at: { readonly ip: string; readonly port: number };
  /** How many connections came so far. */
  made(): number;
  /** How many are open. */
  open(): number;
  /** Breaks those there are. */
  cut(): void;
}

/** A door to the port that `target` tells for each connection; where it tells none, the connection is taken and nobody says a word. */
export async function relay(target: () => number | undefined): Promise<Relay> {
  return await door((outer) => {
    const port = target();
    if (port === undefined) return silence(outer);
    const inner = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
    outer.pipe(inner).pipe(outer);
  });
}

/** What sends back all that it gets, to the end of it. */
export async function echo(): Promise<Relay> {
  return await door((socket) => void socket.pipe(socket));
}

/** Takes a connection and never says a word. */
export function silence(socket: Socket): void {
  socket.on('end', () => socket.end()).resume();
}

/** What takes connections and hands them to `take`. */
export async function door(take: (socket: Socket) => void): Promise<Relay> {
  const there = new Set<Socket>();
  let made = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    made += 1;
    there.add(socket);
    socket.setNoDelay(true).on('error', () => {}).on('close', () => there.delete(socket));
    take(socket);
  });
  const at = { ip: '127.0.0.1', port: await listening(server) };
  const cut = (): void => { for (const socket of there) socket.resetAndDestroy(); };
  return {
    at, cut,
    made: () => made,
    open: () => there.size,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
