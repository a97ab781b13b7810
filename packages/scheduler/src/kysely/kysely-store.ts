import { type Attempt, type Clock, type Kind, type LogLine, newId, type Random } from '@neb/core-types';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { moved } from '../moved.ts';
import type { Change, Queues, Resource, SecretStore, Store } from '../store.ts';
import type { WorkQueue } from '../work/work-queue.ts';
import { changeFeed } from './feed.ts';
import { listContainerRows, listEvents, listResources } from './listing.ts';
import { commitOperation } from './operations.ts';
import { postgresQueue } from './postgres-queue.ts';
import { reader } from './reader.ts';
import { fromRow, livingName, resourceColumns, type ResourceRow } from './rows.ts';
import { kyselySecrets } from './secrets.ts';
import type { Signals, Topic } from './signals.ts';
import { rowsOf } from './trouble.ts';
import { writer } from './writer.ts';

export interface KyselyStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: Signals;
  /** How long a lease of the queues lasts; 60,000 by default. */
  readonly leaseMs?: number | undefined;
}

export interface KyselyStore extends Store, SecretStore, Queues {}

/** Everything in PostgreSQL, or in PGlite. `migrate` has been called. */
export function kyselyStore(db: Kysely<unknown>, { clock, random, signals, leaseMs = 60_000 }: KyselyStoreOptions): KyselyStore {
  const feed = changeFeed(db, clock, signals);
  const write = writer(db);
  const read = reader(db);
  const queues = new Map<Kind, WorkQueue>();
  const columns = sql.raw(resourceColumns);
  const first = async <K extends Kind>(query: RawBuilder<ResourceRow>): Promise<Resource<K> | undefined> => {
    const [row] = await rowsOf(db, query);
    return row && fromRow<K>(row);
  };

  async function commit(changes: readonly Change[]): Promise<readonly Resource[]> {
    if (changes.length === 0) return [];
    const put = await write(commitOperation(changes, { clock, random }));
    const woken = changes.flatMap((change) => (change.do === 'wake' ? [change.kind] : []));
    signals.say(new Set<Topic>([...woken, ...(moved(changes).length > 0 ? ['feed' as const] : [])]));
    return put;
  }

  const store: Store = {
    async fleet() {
      await rowsOf(db, sql`insert into settings (name, value) values ('fleet', ${newId(random)}) on conflict do nothing`);
      const [row] = await rowsOf(db, sql<{ value: string }>`select value from settings where name = 'fleet'`);
      return row!.value;
    },
    async get<K extends Kind>(kind: K, id: string) {
      const found = await read(id);
      return found?.kind === kind ? (found as Resource<K>) : undefined;
    },
    find: ({ kind, namespace, name }) =>
      first(sql`
        (select ${columns} from resources where living = ${livingName({ kind, namespace, name })})
        union all
        (select ${columns} from resources where kind = ${kind} and namespace = ${namespace} and name = ${name} and gone_at is not null order by gone_at desc limit 1)
        limit 1`),
    list: (query) => listResources(db, query),
    containerRows: (query) => listContainerRows(db, query),
    async count(kind) {
      const rows = await rowsOf(db, sql<{ word: string; count: number }>`select word, count(*)::float8 as count from resources where kind = ${kind} and gone_at is null group by word`);
      return Object.fromEntries(rows.map(({ word, count }) => [word, count]));
    },
    commit,
    queueHead: (namespace, queue) =>
      first(sql`select ${columns} from resources where kind = 'Container' and namespace = ${namespace} and queue = ${queue} and over_since is null order by resources.seq limit 1`),
    async forgettable(kind, before) {
      const rows = await rowsOf(db, sql<ResourceRow>`select ${columns} from resources where kind = ${kind} and over_since < ${before}::timestamptz and finalizers = '[]'::jsonb order by over_since limit 100`);
      return rows.map((row) => fromRow(row));
    },
    events: (query) => listEvents(db, query),
    async attempts(containerId) {
      const rows = await rowsOf(db, sql<{ attempt: Attempt }>`select attempt from attempts where container_id = ${containerId} order by number desc`);
      return rows.map(({ attempt }) => attempt);
    },
    async keptLog(containerId, attempt) {
      const which = attempt === undefined ? sql`true` : sql`attempt = ${attempt}`;
      const [row] = await rowsOf(db, sql<{ attempt: number; lines: LogLine[] }>`select attempt, lines from kept_logs where container_id = ${containerId} and ${which} order by attempt desc limit 1`);
      return row;
    },
    changes: (options) => feed.changes(options),
    cursor: () => feed.cursor(),
  };

  return {
    ...store,
    ...kyselySecrets(db),
    queue(kind) {
      const wake = async (of: Kind, id: string, afterMs: number): Promise<void> => void (await commit([{ do: 'wake', kind: of, id, afterMs }]));
      const queue = queues.get(kind) ?? postgresQueue(kind, { db, signals, write, wake, leaseMs });
      queues.set(kind, queue);
      return queue;
    },
  };
}
