import type { Duplex } from 'node:stream';
import { NebError } from '@neb/core-types';
import type { Door } from '../exec/door.ts';
import { line as lineOf, type Line } from './line.ts';
import type { Way } from './way.ts';

/** The SSH connections to pods, one for each, however many go through it. */
export interface Lines {
  /** A stream to the port at the pod's own loopback; `undefined` where nothing listens there. Rejects as `enter` does. */
  open(to: Extract<Way, { do: 'enter' }>, port: number, signal: AbortSignal | undefined): Promise<Duplex | undefined>;
  /** Ends them, with all that goes through them; no more are made. */
  close(): void;
}

export function lines(door: Door): Lines {
  const up = new Map<string, Line>();
  let isClosed = false;

  return {
    async open(to, port, signal) {
      // A pod that went on elsewhere is not looked for at the end of the old line.
      const key = `${to.pod.id} ${to.host}:${to.port}`;
      for (;;) {
        if (isClosed) throw new NebError('unavailable', 'connections to pods were closed, since the platform is no longer used');
        let line = up.get(key);
        const wasThere = line?.isUp() ?? false;
        if (!line) {
          const made = lineOf(to.pod, door, () => { if (up.get(key) === made) up.delete(key); });
          up.set(key, made);
          line = made;
        }
        try {
          return await line.open(port, signal);
        } catch (error) {
          signal?.throwIfAborted();
          // One that was there may have been dead for a while, which shows when it is used.
          if (!wasThere || up.get(key) === line) throw error;
        }
      }
    },
    close() {
      isClosed = true;
      for (const line of up.values()) line.end();
    },
  };
}
