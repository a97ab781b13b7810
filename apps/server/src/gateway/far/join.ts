import type { Socket } from 'node:net';
import type { Connection } from '@neb/core-types';

/** Carries bytes both ways until both sides have said their last, or either breaks. */
export async function join(socket: Socket, connection: Connection, stillMs: number): Promise<void> {
  const left = new Promise((resolve) => socket.once('close', resolve));
  try {
    const both = Promise.all([inwards(socket, connection).then(() => socket.setTimeout(stillMs, () => socket.destroy())), outwards(socket, connection)]);
    await Promise.race([both, left]);
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
