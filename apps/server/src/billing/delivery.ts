import type { Ledger } from '@neb/billing';
import { deliver, deliveryStatus, type DeliveryStatus, openmeter, type Retried, retryRefused, type SyncOptions, syncOpenmeter, type Synced } from '@neb/billing/openmeter';
import { type Clock, NebError, type Random } from '@neb/core-types';
import type { Config } from '../config.ts';
import type { Database } from '../database/open.ts';
import type { Log } from '../log.ts';

/** Usage on its way to OpenMeter. */
export interface UsageDelivery {
  /** Of the OpenMeter that the configuration names; `undefined` where it names none. */
  readonly url: string | undefined;
  /** Of all servers on the database. */
  status(): Promise<DeliveryStatus>;
  /** Throws `unsupported` where no OpenMeter is configured. */
  sync(): Promise<Synced>;
  /** Sends again what was refused. Throws `unsupported` where no OpenMeter is configured. */
  retry(): Promise<Retried>;
  /** Delivers until the signal aborts, where an OpenMeter is configured. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface UsageDeliveryOptions {
  readonly config: Config['openmeter'];
  readonly database: Pick<Database, 'db' | 'signals'>;
  readonly ledger: Ledger;
  /** Of this database, for ever. */
  readonly fleet: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** After a change of the world, for what it comes to to be in the ledger. */
const gatherMs = 1_000;

export function usageDelivery({ config, database: { db, signals }, ledger, fleet, clock, random, log }: UsageDeliveryOptions): UsageDelivery {
  const made: SyncOptions | undefined = config && { ledger, db, client: openmeter({ url: config.url, apiKey: config.apiKey?.reveal(), clock }), source: `neb/${fleet}` };
  const changes = signals.on('feed');
  let seen = changes.beats;

  return {
    url: config?.url,
    status: () => deliveryStatus(db),
    sync: async () => await syncOpenmeter(configured()),
    retry: async () => await retryRefused(configured()),
    async run(signal) {
      if (!made) return;
      await deliver({
        ...made, clock, random, hint,
        onTrouble: (error) => log.warn({ error }, 'usage cannot be delivered to OpenMeter; it is tried again'),
        onRefused: (refused) => log.warn({ count: refused.length, first: refused[0] }, 'OpenMeter refuses facts of usage; they are put aside: `neb admin openmeter status` shows them, and `retry` sends them again'),
      }, { signal });
    },
  };

  function configured(): SyncOptions {
    if (made) return made;
    throw new NebError('unsupported', 'this server delivers to no OpenMeter', { hint: 'Set OPENMETER_URL and, where it asks for one, OPENMETER_API_KEY, and start the server again.' });
  }

  async function hint(signal: AbortSignal): Promise<void> {
    await changes.next(seen, signal);
    seen = changes.beats;
    await clock.sleep(gatherMs, signal);
  }
}
