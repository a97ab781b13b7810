import { type Attempt, type Clock, type Kind, type LogLine, newId, type Quota, type Random, type Usage } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { moved } from '../moved.ts';
import type { Change, Queues, Resource, SecretStore, Store, TenantStore, View } from '../store.ts';
import { within } from '../view.ts';
import type { WorkQueue } from '../work/work-queue.ts';
import { changeFeed } from './feed.ts';
import { listContainerRows, listEvents, listResources } from './listing.ts';
import { commitOperation } from './operations.ts';
import { postgresQueue } from './postgres-queue.ts';
import { reader } from './reader.ts';
import { fromRow, resourceColumns, type ResourceRow } from './rows.ts';
import { kyselySecrets } from './secrets.ts';
import type { Signals, Topic } from './signals.ts';
import { rowsOf } from './trouble.ts';
import { asking, viewTexts } from './wall.ts';
import { writer } from './writer.ts';

export interface KyselyStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: Signals;
  /** How long a lease of the queues lasts that is not renewed; 15,000 by default. */
  readonly leaseMs?: number | undefined;
}

export interface KyselyStore extends Store, SecretStore, Queues {}

/** Everything in PostgreSQL, or in PGlite. `migrate` has been called. */
export function kyselyStore(db: Kysely<unknown>, { clock, random, signals, leaseMs = 15_000 }: KyselyStoreOptions): KyselyStore {
  const feed = changeFeed(db, clock, signals);
  const write = writer(db);
  const read = reader(db);
  const queues = new Map<Kind, WorkQueue>();
  const columns = sql.raw(resourceColumns);

  async function commit(changes: readonly Change[], view?: View): Promise<readonly Resource[]> {
    if (changes.length === 0) return [];
    const put = await write(commitOperation(changes, { clock, random, view }));
    const woken = changes.flatMap((change) => (change.do === 'wake' ? [change.kind] : []));
    signals.say(new Set<Topic>([...woken, ...(moved(changes).length > 0 ? ['feed' as const] : [])]));
    return put;
  }

  /** The part of the store that serves tenants too; without a view it is a server's. */
  function reaching(view?: View): TenantStore {
    const ask = asking(db, view);
    const { owners, namespaces } = viewTexts(view);
    return {
      async get<K extends Kind>(kind: K, id: string) {
        const found = await read(id, view);
        return found?.kind === kind ? (found as Resource<K>) : undefined;
      },
      async find<K extends Kind>({ kind, namespace, name }: { readonly kind: K; readonly namespace: string; readonly name: string }) {
        const [row] = await rowsOf(db, sql<ResourceRow>`/*neb_find*/ select ${columns} from neb_find(${kind}, ${namespace}, ${name}, ${owners}, ${namespaces})`);
        return row && fromRow<K>(row);
      },
      list: (query) => listResources({ ask, view }, query),
      containerRows: (query) => listContainerRows({ ask, view }, query),
      commit: (changes) => commit(changes, view),
      events: (query) => listEvents({ ask, view }, query),
      async attempts(containerId) {
        const rows = await ask(sql<{ attempt: Attempt }>`select attempt from attempts where container_id = ${containerId} order by number desc`);
        return rows.map(({ attempt }) => attempt);
      },
      async keptLog(containerId, attempt) {
        const which = attempt === undefined ? sql`true` : sql`attempt = ${attempt}`;
        const [row] = await ask(sql<{ attempt: number; lines: LogLine[] }>`select attempt, lines from kept_logs where container_id = ${containerId} and ${which} order by attempt desc limit 1`);
        return row;
      },
      changes: (options) => (view ? within(view, feed.changes(options)) : feed.changes(options)),
      cursor: () => feed.cursor(),
      async usage({ of, name }) {
        const [row] = await ask(sql<{ usage: Usage }>`select neb_usage(${of}, ${name}, '[]', false) as usage`);
        return row!.usage;
      },
      async quota(owner) {
        const [row] = await ask(sql<{ quota: Quota }>`select quota from quotas where owner = ${owner}`);
        return row?.quota;
      },
    };
  }

  const store: Store = {
    ...reaching(),
    as: (view) => reaching(view),
    async fleet() {
      await rowsOf(db, sql`insert into settings (name, value) values ('fleet', ${newId(random)}) on conflict do nothing`);
      const [row] = await rowsOf(db, sql<{ value: string }>`select value from settings where name = 'fleet'`);
      return row!.value;
    },
    async hold(name, value, ms) {
      const now = sql`extract(epoch from clock_timestamp()) * 1000`;
      const rows = await rowsOf(db, sql`
        insert into settings (name, value) values (${`held/${name}`}, ${value} || ' ' || (${now} + ${ms}::float8)::text)
        on conflict (name) do update set value = excluded.value
        where split_part(settings.value, ' ', 1) = ${value} or split_part(settings.value, ' ', 2)::float8 <= ${now}
        returning name`);
      return rows.length > 0;
    },
    async setQuota(owner, quota) {
      await rowsOf(db, quota
        ? sql`insert into quotas (owner, quota) values (${owner}, ${JSON.stringify(quota)}::text::jsonb) on conflict (owner) do update set quota = excluded.quota`
        : sql`delete from quotas where owner = ${owner}`);
    },
    async count(kind) {
      const rows = await rowsOf(db, sql<{ word: string; count: number }>`select word, count(*)::float8 as count from resources where kind = ${kind} and gone_at is null group by word`);
      return Object.fromEntries(rows.map(({ word, count }) => [word, count]));
    },
    async queueHead(namespace, queue) {
      const [row] = await rowsOf(db, sql<ResourceRow>`select ${columns} from resources where kind = 'Container' and namespace = ${namespace} and queue = ${queue} and over_since is null order by resources.seq limit 1`);
      return row && fromRow<'Container'>(row);
    },
    async forgettable(kind, before) {
      const rows = await rowsOf(db, sql<ResourceRow>`select ${columns} from resources where kind = ${kind} and over_since < ${before}::timestamptz and finalizers = '[]'::jsonb order by over_since limit 100`);
      return rows.map((row) => fromRow(row));
    },
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
