import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { type Connection, type InstanceAt, messageOf } from '@neb/core-types';
import { readLine } from './line.ts';

/** What is asked for at the socket, as a line of JSON. What answers is a line too: empty, and the connection's bytes follow; or why there is none. */
export interface DialRequest extends InstanceAt {
  readonly port: number;
}

export interface DialsOptions {
  /** Of the unix socket, in a folder that is closed to others: whoever may ask here needs to show nothing. */
  readonly path: string;
  readonly dial: (at: InstanceAt, port: number, signal: AbortSignal) => Promise<Connection>;
}

/** How long somebody may take to say what is to be dialled, in milliseconds. */
const askMs = 10_000;

/** Dials into instances for processes that have no platforms of their own. Listens when this resolves, in the place of whoever listened there before. */
export async function hearDials({ path, dial }: DialsOptions): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
    void serve(socket, dial);
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, backlog: 4_096 }, resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function serve(socket: Socket, dial: DialsOptions['dial']): Promise<void> {
  const left = new AbortController();
  socket.once('close', () => left.abort());
  try {
    const { platform, ref, port } = JSON.parse(await readLine(socket, AbortSignal.timeout(askMs))) as DialRequest;
    const connection = await dial({ platform, ref }, port, left.signal).catch((error: unknown) => {
      socket.end(`${messageOf(error).replaceAll('\n', ' ')}\n`, () => socket.destroy());
      return undefined;
    });
    if (!connection) return;
    socket.write('\n');
    await join(socket, connection);
  } catch {
    socket.destroy();
  }
}

/** Carries bytes both ways until both sides have said their last, or either breaks. */
async function join(socket: Socket, connection: Connection): Promise<void> {
  try {
    await Promise.all([inwards(socket, connection), outwards(socket, connection)]);
  } catch {
    // Whoever is left learns of it by the end of its own side.
  } finally {
    socket.destroy();
    await Promise.allSettled([connection[Symbol.asyncDispose]()]);
  }
}

async function inwards(socket: Socket, connection: Connection): Promise<void> {
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) await connection.write(chunk as Buffer);
  await connection.closeWrite();
}

async function outwards(socket: Socket, connection: Connection): Promise<void> {
  for await (const chunk of connection.readable) if (!socket.write(chunk)) await drained(socket);
  socket.end();
}

async function drained(socket: Socket): Promise<void> {
  if (!socket.writable) throw new Error('the asker left');
  await new Promise<void>((resolve, reject) => {
    const onDrain = (): void => {
      socket.off('close', onClose);
      resolve();
    };
    const onClose = (): void => {
      socket.off('drain', onDrain);
      reject(new Error('the asker left'));
    };
    socket.once('drain', onDrain).once('close', onClose);
  });
}
