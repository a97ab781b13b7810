import { type Attempt, type Clock, type Kind, type LogLine, newId, type Random } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { SecretStore, Store } from '../store.ts';
import { changeFeed } from './feed.ts';
import { groupCommit } from './group-commit.ts';
import { listEvents, listResources } from './listing.ts';
import { fromRow, resourceColumns, type ResourceRow } from './rows.ts';
import type { Signals } from './signals.ts';

export interface KyselyStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: Signals;
}

export interface KyselyStore extends Store, SecretStore {
  /** Forgets change-feed entries older than `keepMs`. */
  pruneFeed(keepMs: number): Promise<void>;
}

/** Everything in PostgreSQL, or in PGlite. `migrate` has been called. */
export function kyselyStore<T>(db: Kysely<T>, { clock, random, signals }: KyselyStoreOptions): KyselyStore {
  const feed = changeFeed(db, clock, signals);
  const commit = groupCommit(db, { clock, random });
  const columns = sql.raw(resourceColumns);
  const first = async <K extends Kind>(query: ReturnType<typeof sql<ResourceRow>>) => {
    const { rows } = await query.execute(db);
    return rows[0] && fromRow<K>(rows[0]);
  };

  return {
    async fleet() {
      await sql`insert into settings (name, value) values ('fleet', ${newId(random)}) on conflict do nothing`.execute(db);
      const { rows } = await sql<{ value: string }>`select value from settings where name = 'fleet'`.execute(db);
      return rows[0]!.value;
    },
    get: (kind, id) => first(sql<ResourceRow>`select ${columns} from resources where id = ${id} and kind = ${kind}`),
    find: ({ kind, namespace, name }) =>
      first(sql<ResourceRow>`select ${columns} from resources where kind = ${kind} and namespace = ${namespace} and name = ${name} order by gone_at desc nulls first limit 1`),
    list: (query) => listResources(db, query),
    async count(kind) {
      const { rows } = await sql<{ word: string; count: number }>`select word, count(*)::float8 as count from resources where kind = ${kind} and gone_at is null group by word`.execute(db);
      return Object.fromEntries(rows.map((row) => [row.word, row.count]));
    },
    async commit(changes) {
      const put = await commit(changes);
      if (changes.some((change) => change.do !== 'wake')) signals.wrote('feed');
      if (changes.some((change) => change.do === 'wake')) signals.wrote('work');
      return put;
    },
    queueHead: (namespace, queue) =>
      first(sql<ResourceRow>`
        select ${columns} from resources
        where kind = 'Container' and namespace = ${namespace} and queue = ${queue} and gone_at is null and word not in ('completed', 'failed', 'stopped', 'deleted')
        order by resources.seq limit 1`),
    async forgettable(kind, before) {
      const { rows } = await sql<ResourceRow>`select ${columns} from resources where kind = ${kind} and over_since < ${before}::timestamptz order by over_since limit 100`.execute(db);
      return rows.map((row) => fromRow(row));
    },
    events: (query) => listEvents(db, query),
    async attempts(containerId) {
      const { rows } = await sql<{ attempt: Attempt }>`select attempt from attempts where container_id = ${containerId} order by number desc`.execute(db);
      return rows.map((row) => row.attempt);
    },
    async keptLog(containerId, attempt) {
      const which = attempt === undefined ? sql`true` : sql`attempt = ${attempt}`;
      const { rows } = await sql<{ attempt: number; lines: LogLine[] }>`select attempt, lines from kept_logs where container_id = ${containerId} and ${which} order by attempt desc limit 1`.execute(db);
      return rows[0];
    },
    changes: (options) => feed.changes(options),
    cursor: () => feed.cursor(),
    pruneFeed: (keepMs) => feed.prune(keepMs),

    async sealed(id) {
      const { rows } = await sql<{ sealed: string }>`select sealed from secrets where id = ${id}`.execute(db);
      return rows[0] && Buffer.from(rows[0].sealed, 'base64');
    },
    async seal(id, value) {
      await sql`insert into secrets (id, sealed) values (${id}, ${base64(value)}) on conflict (id) do update set sealed = excluded.sealed`.execute(db);
    },
    async dataKey(namespace, make) {
      await sql`insert into data_keys (namespace, wrapped) values (${namespace}, ${base64(make())}) on conflict do nothing`.execute(db);
      const { rows } = await sql<{ wrapped: string }>`select wrapped from data_keys where namespace = ${namespace}`.execute(db);
      return Buffer.from(rows[0]!.wrapped, 'base64');
    },
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
