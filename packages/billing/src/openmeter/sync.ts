import { inDatabaseWords, isNebError } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { differencesOf, type Meter, type MeterDifference, metersOf, type WantedMeter } from './meters.ts';
import { type RetryOptions, retryRefused } from './retry.ts';

export type SyncOptions = RetryOptions;

export interface SyncedMeter {
  readonly slug: string;
  readonly eventType: string;
  /** `different`: it is there and counts something else; it stays as it is. */
  readonly outcome: 'created' | 'unchanged' | 'different';
  readonly differences: readonly MeterDifference[];
}

export interface Synced {
  readonly meters: readonly SyncedMeter[];
  /** How many owners OpenMeter knows now. */
  readonly subjects: number;
  /** How many facts that it refused before it has taken now, and how many it refuses still. */
  readonly delivered: number;
  readonly undelivered: number;
}

/**
 * Has OpenMeter count what the ledger holds: two meters for each metric, a subject for each owner, and another try with what
 * it refused. What is there already stays; repeating it changes nothing.
 */
export async function syncOpenmeter(options: SyncOptions, call: { readonly signal?: AbortSignal | undefined } = {}): Promise<Synced> {
  const { db, client } = options;
  const wanted = (await namesOf(db, 'metric')).flatMap(metersOf);
  const there = new Map((await client.meters(call)).map((meter) => [meter.slug, meter]));
  const meters: SyncedMeter[] = [];
  for (const meter of wanted) meters.push(await synced(meter, there.get(meter.slug)));
  const owners = (await namesOf(db, 'owner')).filter((owner) => owner !== '');
  await client.upsertSubjects(owners, call);
  return { meters, subjects: owners.length, ...(await retryRefused(options, call)) };

  async function synced(meter: WantedMeter, is: Meter | undefined): Promise<SyncedMeter> {
    const { slug, eventType } = meter;
    if (is) {
      const differences = differencesOf(meter, is);
      return { slug, eventType, outcome: differences.length > 0 ? 'different' : 'unchanged', differences };
    }
    try {
      await client.createMeter(meter, call);
      return { slug, eventType, outcome: 'created', differences: [] };
    } catch (error) {
      // Another may have made it meanwhile.
      const made = isNebError(error, 'conflict') || isNebError(error, 'invalid') ? (await client.meters(call)).find((one) => one.slug === slug) : undefined;
      if (!made) throw error;
      return await synced(meter, made);
    }
  }
}

/** Of what customers used, in order. */
async function namesOf(db: Kysely<unknown>, column: 'metric' | 'owner'): Promise<readonly string[]> {
  const { rows } = await inDatabaseWords('unavailable', () => sql<{ name: string }>`select distinct ${sql.ref(column)} as name from billing_days where kind <> 'platform' order by 1`.execute(db));
  return rows.map(({ name }) => name);
}
