import type { RawSocket } from '../wire/socket.ts';
import { socketTarget } from '../wire/paths.ts';
import type { Context } from './context.ts';
import { ownRef } from './inputs.ts';
import { unauthenticated } from './refusal.ts';
import { serveDial } from './serve-dial.ts';
import { serveExec } from './serve-exec.ts';

/** Whether `url` is one that `serveSocket` serves, so that any other upgrade can be refused. */
export function isSocketUrl(url: string): boolean {
  return socketTarget(url) !== undefined;
}

/**
 * Serves the WebSocket of `url`, an exec or a port-forward, over `context.services`. Resolves when it is closed; never
 * rejects. Call it in the turn in which the socket opened, or its first frame is lost.
 */
export async function serveSocket(socket: RawSocket, url: string, context: Context): Promise<void> {
  const target = socketTarget(url);
  if (!target) return socket.close(4_404);
  const { services, requestId, whileGood } = context;
  const caller = (): NonNullable<Context['caller']> => {
    if (!context.caller) throw unauthenticated();
    return context.caller;
  };
  const options = { requestId, whileGood, onError: (error: unknown) => context.onError?.({ error, requestId, path: target.do }) };
  switch (target.do) {
    case 'exec':
      return serveExec(socket, async (request, signal) => services.containers.exec(caller(), ownRef(caller(), target.ref), request, signal), options);
    case 'port-forward':
      return serveDial(socket, async (signal) => services.containers.dial(caller(), ownRef(caller(), target.ref), target.port, signal), options);
  }
}
