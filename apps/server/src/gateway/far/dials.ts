import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { type Connection, type InstanceAt, messageOf } from '@neb/core-types';
import { join } from './join.ts';
import { readLine } from './line.ts';

/** What is asked for at the socket, as a line of JSON. What answers is a line too: empty, and the connection's bytes follow; or why there is none. */
export interface DialRequest extends InstanceAt {
  readonly port: number;
}

export interface DialsOptions {
  /** Of the unix socket, in a folder that is closed to others: whoever may ask here needs to show nothing. */
  readonly path: string;
  readonly dial: (at: InstanceAt, port: number, signal: AbortSignal) => Promise<Connection>;
  /** As `join` has it. */
  readonly stillMs?: number | undefined;
}

/** How long somebody may take to say what is to be dialled, in milliseconds. */
const askMs = 10_000;

/** Dials into instances for processes that have no platforms of their own. Listens when this resolves, in the place of whoever listened there before. */
export async function hearDials({ path, dial, stillMs }: DialsOptions): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
    void serve(socket, { dial, stillMs });
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

async function serve(socket: Socket, { dial, stillMs }: Pick<DialsOptions, 'dial' | 'stillMs'>): Promise<void> {
  try {
    const { platform, ref, port } = JSON.parse(await readLine(socket, AbortSignal.timeout(askMs))) as DialRequest;
    const connection = await whileThere(socket, (signal) => dial({ platform, ref }, port, signal)).catch((error: unknown) => {
      socket.end(`${messageOf(error).replaceAll('\n', ' ')}\n`, () => socket.destroy());
      return undefined;
    });
    if (!connection) return;
    socket.write('\n');
    await join(socket, connection, stillMs);
  } catch {
    socket.destroy();
  }
}

/** Whoever asked says nothing until it is answered: that it ends shows that it left, and is seen only where it is read. */
async function whileThere<T>(socket: Socket, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  socket.once('end', leave).once('close', leave).on('data', leave);
  try {
    return await work(left.signal);
  } finally {
    socket.off('end', leave).off('close', leave).off('data', leave).pause();
    if (left.signal.aborted) socket.destroy();
  }
}
