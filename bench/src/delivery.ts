import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Ledger } from '@neb/billing';
import { deliver, deliveryStatus, openmeter } from '@neb/billing/openmeter';
import { type Kysely, sql } from 'kysely';
import type { Figure } from './statistics.ts';

const most = 100_000;

/** How fast the end of the ledger gets to an OpenMeter that takes so long to answer. */
export async function drainTo(answerMs: number, { ledger, db, facts }: { readonly ledger: Ledger; readonly db: Kysely<unknown>; readonly facts: number }): Promise<Figure> {
  const thread = new Worker(new URL('openmeter-stand-in.ts', import.meta.url), { workerData: { answerMs } });
  try {
    const [port] = (await once(thread, 'message')) as [number];
    const wanted = Math.min(facts, most);
    await sql`delete from billing_deliveries`.execute(db);
    await sql`insert into billing_positions (source, position) values ('openmeter', ${String(facts - wanted)}) on conflict (source) do update set position = excluded.position`.execute(db);
    const stop = new AbortController();
    const troubles: unknown[] = [];
    const start = performance.now();
    await deliver({
      ledger, db, client: openmeter({ url: `http://127.0.0.1:${port}` }), source: 'neb/bench',
      // Asked for when there is nothing left.
      hint: async () => stop.abort(), onTrouble: (error) => { troubles.push(error); stop.abort(); },
    }, { signal: stop.signal });
    const seconds = (performance.now() - start) / 1_000;
    if (troubles.length > 0) throw troubles[0] as Error;
    thread.postMessage('how many');
    const [events] = (await once(thread, 'message')) as [number];
    const { behind } = await deliveryStatus(db);
    if (behind > 0 || events === 0) throw new Error(`${behind} facts were not delivered, of ${events} events`);
    const rate = wanted / seconds;
    return {
      what: `${wanted.toLocaleString('en')} facts to OpenMeter, which answers after ${answerMs} ms`, ours: `${rate.toFixed(0)}/s (${(events / seconds).toFixed(0)} events/s, since half are platforms' and are passed over)`,
      target: '≥ 5,000/s', met: rate >= 5_000,
    };
  } finally {
    await thread.terminate();
  }
}
