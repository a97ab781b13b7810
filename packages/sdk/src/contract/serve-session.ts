import { isNebError, type NebError } from '@neb/core-types';
import { failureOf } from '../failure.ts';
import { type FrameSocket, frameSocket, type RawSocket, type SocketOptions } from '../wire/socket.ts';
import type { Context } from './context.ts';
import { httpStatus, refusal } from './refusal.ts';

export interface ServeSocketOptions extends SocketOptions {
  /** Names the request in its errors. */
  readonly requestId?: string | undefined;
  /** As in `Context`. */
  readonly whileGood?: Context['whileGood'];
  /** Told of faults whose text the client does not see. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What one kind of socket does between opening and closing. */
export interface Session {
  /** Runs until all is said; `signal` aborts when the client is gone, or may not stay. */
  run(socket: FrameSocket, signal: AbortSignal): Promise<void>;
  /** The last frame of one that failed. */
  failed(failure: ReturnType<typeof failureOf>): Uint8Array | string;
}

/** Runs `session` on `raw` and closes it: 1000 at the end, 4000 + the HTTP status of a failure. Never rejects. */
export async function serveSession(raw: RawSocket, session: Session, options: ServeSocketOptions = {}): Promise<void> {
  const socket = frameSocket(raw, options);
  const gone = new AbortController();
  void socket.closed.then(() => gone.abort());
  try {
    await session.run(socket, options.whileGood?.(gone.signal) ?? gone.signal);
    socket.close();
  } catch (thrown) {
    // Whoever hung up wants to hear no reason.
    if (!gone.signal.aborted) await refuse(socket, session, { thrown, options });
  }
  await socket.closed;
}

async function refuse(socket: FrameSocket, session: Session, { thrown, options }: { readonly thrown: unknown; readonly options: ServeSocketOptions }): Promise<void> {
  if (!isNebError(thrown)) options.onError?.(thrown);
  const error: NebError = refusal(thrown, options.requestId ?? 'unknown');
  await socket.send(session.failed(failureOf(error, options.requestId))).catch(() => undefined);
  socket.close(4_000 + httpStatus(error));
}

/** Rejects when `signal` aborts, for racing against what would not notice. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
