import { type Clock, isNebError, type TerminalSize } from '@neb/core-types';
import { type EngineClient, path } from '../connection/client.ts';

/** How often a terminal that is not there yet is asked for again: for two seconds. */
const pauseMs = 20;
const triesAtMost = 100;

/** Gives a command's terminal a size. Waits for a command that has only just been asked for; one that has ended does not mind. */
export function resizing(world: { readonly client: EngineClient; readonly clock: Clock; readonly ended: () => boolean }, id: string): (size: TerminalSize) => Promise<void> {
  const { client, clock, ended } = world;
  return async ({ rows, cols }) => {
    for (let tries = 1; !ended(); tries++) {
      try {
        return await client.done({ method: 'POST', path: path`/exec/${id}/resize`, query: { h: rows, w: cols } });
      } catch (error) {
        if (ended()) return;
        // "Not running": not yet, or not any more.
        const notYet = isNebError(error, 'conflict') || isNebError(error, 'not_found');
        if (!notYet || tries === triesAtMost) throw error;
      }
      await clock.sleep(pauseMs);
    }
  };
}
