import type { Clock } from '@neb/core-types';
import type { Notices } from '@neb/scheduler/kysely';
import pg from 'pg';

const channel = 'neb';
const reconnectMs = 1_000;

interface Facts {
  readonly clock: Clock;
  /** Called before each reconnection. */
  readonly revive?: (() => Promise<void>) | undefined;
  /** Told when the connection breaks. */
  readonly onLost?: (() => void) | undefined;
}

/** LISTEN and NOTIFY: sent through the pool, heard on a connection of its own, which comes back when it breaks. */
export function notices(pool: pg.Pool, config: pg.ClientConfig, facts: Facts): Notices {
  return {
    listen: (heard, missed) => listen(config, facts, { heard, missed }),
    // Nobody needs a notice after a power cut: it does not wait for the disk.
    send: async (text) => void (await pool.query("select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)", [channel, text])),
  };
}

async function listen(config: pg.ClientConfig, { clock, revive, onLost }: Facts, ears: { readonly heard: (text: string) => void; readonly missed: () => void }): Promise<AsyncDisposable> {
  const stop = new AbortController();
  let client = await open();
  const keeping = keep();

  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await keeping;
    },
  };

  /** Resolves when the connection breaks or nobody listens any more. */
  async function open(): Promise<{ readonly over: Promise<void>; readonly close: () => Promise<void> }> {
    const fresh = new pg.Client(config);
    const over = Promise.withResolvers<void>();
    fresh.on('notification', ({ payload }) => ears.heard(payload ?? ''));
    fresh.on('error', () => over.resolve());
    fresh.on('end', () => over.resolve());
    stop.signal.addEventListener('abort', () => over.resolve(), { once: true });
    // Ended while the server was brought up again: nobody would ever be told.
    if (stop.signal.aborted) over.resolve();
    const close = async (): Promise<void> => void (await fresh.end().catch(() => {}));
    try {
      await fresh.connect();
      await fresh.query(`listen ${channel}`);
    } catch (error) {
      await close();
      throw error;
    }
    return { over: over.promise, close };
  }

  async function keep(): Promise<void> {
    for (;;) {
      await client.over;
      await client.close();
      if (stop.signal.aborted) return;
      onLost?.();
      const again = await reopen();
      if (!again) return;
      client = again;
      ears.missed();
    }
  }

  async function reopen(): Promise<typeof client | undefined> {
    while (!stop.signal.aborted) {
      await clock.sleep(reconnectMs, stop.signal);
      if (stop.signal.aborted) return undefined;
      try {
        await revive?.();
        return await open();
      } catch {
        // The next round tries again; what fails meanwhile says so where it is asked for.
      }
    }
    return undefined;
  }
}
