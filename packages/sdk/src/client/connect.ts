import { NebError } from '@neb/core-types/errors';
import { errorFrom, codeOfStatus } from '../failure.ts';
import { type FrameSocket, frameSocket, maxFrameBytes, type SocketOptions } from '../wire/socket.ts';
import { unreachable } from './unreachable.ts';

/** Opens a WebSocket to `path`; the token travels in a header, so that no log of URLs holds it. */
export type Connect = (path: string, signal?: AbortSignal) => Promise<FrameSocket>;

export interface ConnectOptions extends SocketOptions {
  readonly url: string;
  readonly token?: string | undefined;
}

export function connector({ url, token, ...options }: ConnectOptions): Connect {
  return async (path, signal) => {
    signal?.throwIfAborted();
    // Node's own WebSocket can neither be paused nor pinged. It is only loaded where it is used.
    const { WebSocket } = await import('ws');
    const target = `${url.replace(/^http/, 'ws')}${path}`;
    const socket = new WebSocket(target, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      maxPayload: maxFrameBytes,
      handshakeTimeout: handshakeMs,
    });
    const abort = (): void => socket.terminate();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        // Frames may arrive with the handshake, so the socket is taken over within the event.
        socket.once('open', () => resolve(frameSocket(socket, options)));
        socket.once('error', (error) => reject(signal?.aborted ? (signal.reason as Error) : unreachable(url, error)));
        socket.once('unexpected-response', (request, response) => {
          void refused(response.statusCode ?? 0, response).then((error) => {
            request.destroy();
            reject(error);
          });
        });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  };
}

const handshakeMs = 30_000;
const longestRefusal = 64 * 1024;

/** The error of a server that answered instead of opening the socket. */
async function refused(status: number, body: AsyncIterable<Buffer>): Promise<NebError> {
  let text = '';
  try {
    for await (const chunk of body) if (text.length < longestRefusal) text += chunk.toString();
    const answer: unknown = JSON.parse(text);
    const error = typeof answer === 'object' && answer !== null && 'error' in answer ? errorFrom(answer.error) : undefined;
    if (error) return error;
  } catch {
    // What is between us and the server need not speak JSON.
  }
  return new NebError(codeOfStatus(status), `the server answered ${status} instead of opening the connection`);
}
