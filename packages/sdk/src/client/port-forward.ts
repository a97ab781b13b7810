import type { AddressInfo, Socket } from 'node:net';
import type { Connection } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';

export interface ListenOptions {
  /** Port of this machine to listen on; a free one by default. */
  readonly localPort?: number | undefined;
  /** Address of this machine to listen on; `127.0.0.1` by default. */
  readonly host?: string | undefined;
  /** Told of a connection that failed; the others go on. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Closes the listener and its connections. */
  readonly signal?: AbortSignal | undefined;
}

export interface Listener extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Stops listening and ends what is connected. */
  close(): Promise<void>;
}

/** Listens on this machine and joins every connection with one that `dial` opens. Rejects with `conflict` where the port is taken. */
export async function listen(dial: (signal: AbortSignal) => Promise<Connection>, options: ListenOptions = {}): Promise<Listener> {
  const { createServer } = await import('node:net');
  const { localPort = 0, host = '127.0.0.1', onError, signal } = options;
  const closing = new AbortController();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    join(socket, dial, closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) onError?.(error);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, `${host}:${localPort}`)));
    server.listen({ port: localPort, host }, resolve);
  });
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  const close = (): Promise<void> => {
    closing.abort();
    server.close();
    return closed;
  };
  signal?.addEventListener('abort', () => void close(), { once: true });
  if (signal?.aborted) await close();
  return { host, port: localPort || (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: close };
}

async function join(socket: Socket, dial: (signal: AbortSignal) => Promise<Connection>, signal: AbortSignal): Promise<void> {
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  // The reader below hears of it; without a listener it would end the process.
  socket.on('error', abort);
  try {
    await using connection = await dial(gone.signal);
    await Promise.all([up(socket, connection), down(socket, connection)]);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function up(socket: Socket, connection: Connection): Promise<void> {
  for await (const data of socket as AsyncIterable<Uint8Array>) await connection.write(data);
  await connection.closeWrite();
}

async function down(socket: Socket, connection: Connection): Promise<void> {
  for await (const data of connection.readable) {
    if (socket.destroyed) return;
    if (!socket.write(data)) await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
  socket.end();
}

function cannotListen(cause: NodeJS.ErrnoException, where: string): NebError {
  if (cause.code === 'EADDRINUSE') return new NebError('conflict', `port ${where} is in use on this machine`, { cause, hint: 'Name another local port, or 0 for a free one.' });
  if (cause.code === 'EACCES') return new NebError('unauthorized', `port ${where} may only be used by an administrator`, { cause, hint: 'Name a local port above 1023.' });
  return new NebError('invalid', `cannot listen on ${where}: ${cause.message}`, { cause });
}
