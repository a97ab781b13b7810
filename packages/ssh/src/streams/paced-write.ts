import type { Socket } from 'node:net';
import type { ClientChannel } from 'ssh2';

/** How much may wait in this process for an SSH connection to take it, whatever the number of channels. */
const queuedBytes = 256 * 1024;
/** What a channel sends before it is another's turn. */
const pieceBytes = 64 * 1024;

/**
 * Writes to a channel as fast as its SSH connection takes it, in turns with the connection's other channels. ssh2 hands over all that each channel's
 * window allows, 2 MiB, so that on a slow link its own keep-alive stands behind minutes of data and ends the connection with all that it carries;
 * this can go once ssh2 (1.17) waits for its socket's `drain`.
 */
export function writePaced(channel: ClientChannel, data: Buffer, done: (error?: Error | null) => void): void {
  const rest = data.subarray(pieceBytes);
  whenTaken(socketOf(channel), () => {
    // One that the other side has closed takes nothing more; whoever destroys it ends the write.
    if (channel.writableEnded) return;
    channel.write(data.subarray(0, pieceBytes), (error) => (error || rest.length === 0 ? done(error) : writePaced(channel, rest, done)));
  });
}

const queues = new WeakMap<Socket, (() => void)[]>();

function whenTaken(socket: Socket | undefined, go: () => void): void {
  if (!socket) return go();
  const queue = queues.get(socket) ?? [];
  queues.set(socket, queue);
  if (queue.length === 0 && socket.writableLength < queuedBytes) return go();
  if (queue.push(go) === 1) socket.once('drain', () => drain(socket, queue));
}

function drain(socket: Socket, queue: (() => void)[]): void {
  while (queue.length > 0 && socket.writableLength < queuedBytes) queue.shift()!();
  if (queue.length > 0) socket.once('drain', () => drain(socket, queue));
}

/** ssh2 does not show it. */
function socketOf(channel: ClientChannel): Socket | undefined {
  return (channel as ClientChannel & { readonly _client?: { readonly _sock?: Socket } })._client?._sock;
}
