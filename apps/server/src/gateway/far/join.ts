import type { Socket } from 'node:net';
import type { Connection } from '@neb/core-types';

/**
 * Carries bytes both ways until both sides have said their last, either breaks or the asker leaves. In order the end is said, and the socket kept until it is heard: one that closes without was broken.
 * Where nothing moved for `stillMs` it is looked whether the asker is still there; where the instance has said its last the connection ends instead.
 */
export async function join(socket: Socket, connection: Connection, stillMs = 120_000): Promise<void> {
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
