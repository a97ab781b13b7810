import type { Socket } from 'node:net';

const longest = 8_192;

/** The first line that comes, without its end; what follows is left to be read. Rejects where the other side leaves before, says too much, or the signal aborts. */
export function readLine(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen: Buffer = Buffer.alloc(0);
    const end = (settle: () => void): void => {
      socket.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onReadable = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        seen = Buffer.concat([seen, chunk]);
        const at = seen.indexOf('\n');
        if (at >= 0) {
          end(() => resolve(seen.subarray(0, at).toString()));
          if (at + 1 < seen.length) socket.unshift(seen.subarray(at + 1));
          return;
        }
        if (seen.length > longest) return end(() => reject(new Error('the line is too long')));
      }
    };
    const onEnd = (): void => end(() => reject(new Error('the other side left')));
    const onError = (error: Error): void => end(() => reject(error));
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    socket.on('readable', onReadable).once('end', onEnd).once('close', onEnd).once('error', onError);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}
