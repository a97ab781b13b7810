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
  /** Where nothing moved for so long it is looked whether the asker is still there; 120,000 ms. Where the instance has said its last the connection ends instead. */
  readonly stillMs?: number;
}

/** How long somebody may take to say what is to be dialled, in milliseconds. */
const askMs = 10_000;

/** Dials into instances for processes that have no platforms of their own. Listens when this resolves, in the place of whoever listened there before. */
export async function hearDials({ path, dial, stillMs = 120_000 }: DialsOptions): Promise<AsyncDisposable> {
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

async function serve(socket: Socket, { dial, stillMs }: Required<Pick<DialsOptions, 'dial' | 'stillMs'>>): Promise<void> {
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

/** Carries bytes both ways until both sides have said their last, either breaks or the asker leaves. In order the end is said, and the socket kept until it is heard: one that closes without was broken. */
async function join(socket: Socket, connection: Connection, stillMs: number): Promise<void> {
  const left = new Promise((resolve) => socket.once('close', resolve));
  // Where the instance takes nothing nothing is read, and that the asker left is not seen.
  socket.setTimeout(stillMs).on('timeout', () => (socket.writableEnded ? socket.destroy() : look(socket)));
  try {
    await Promise.race([Promise.all([inwards(socket, connection), outwards(socket, connection)]), left]);
  } catch {
    // Whoever is left learns of it by the end of its own side.
  } finally {
    socket.destroy();
    await Promise.allSettled([connection[Symbol.asyncDispose]()]);
  }
}

/** What the instance takes no more is dropped: it may have answered before. */
async function inwards(socket: Socket, connection: Connection): Promise<void> {
  let isTaken = true;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) if (isTaken) await connection.write(chunk as Buffer).catch(() => (isTaken = false));
  look(socket);
  if (isTaken) await connection.closeWrite();
}

/** Writing nothing breaks where nobody is there: whoever has only said its last is. */
function look(socket: Socket): void {
  // What waits to be written shows it as well.
  if (socket.writable && socket.writableLength === 0) socket.write('');
}

async function outwards(socket: Socket, connection: Connection): Promise<void> {
  for await (const chunk of connection.readable) if (!socket.write(chunk)) await drained(socket);
  await new Promise<void>((resolve) => void socket.end(resolve));
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
