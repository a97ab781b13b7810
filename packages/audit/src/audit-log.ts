import { type AuditEntry, type AuditRecord, auditEntry, type AuditVerdict, inDatabaseWords, type Link, NebError, type Page, storableText } from '@neb/core-types';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { lineOf, verifyChain } from './chain.ts';
import { together } from './together.ts';

export interface AuditQuery {
  /** Only what concerns these owners; all if absent. */
  readonly owners?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly who?: string | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** RFC 3339, inclusive. */
  readonly since?: string | undefined;
  /** 100 if absent, 1,000 at most. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** What can be read of the log. Errors are NebErrors where the database is not there. */
export interface AuditReader {
  /** The newest first. */
  list(query?: AuditQuery): Promise<Page<AuditRecord>>;
  /** In order, the oldest first, as of when it began. */
  records(): AsyncIterable<AuditRecord>;
}

/** Who did what, kept in the order in which it was written. */
export interface AuditLog extends AuditReader {
  /** Once it resolves the entry is on disk. Those that are written at one time share one write. */
  append(entry: AuditEntry): Promise<void>;
  /** What concerns these owners: anything else is not there, by row-level security of the database. */
  as(owners: readonly string[]): AuditReader;
  /** Where the kept chain begins and ends: what is kept elsewhere to be sure that no end was cut off. */
  ends(): Promise<{ readonly first: Link; readonly last: Link }>;
  /** Whether every record is there as it was written. */
  verify(): Promise<AuditVerdict>;
  /** Forgets what is older than `before` (RFC 3339) and answers how many records went. The rest still verifies. */
  prune(before: string): Promise<number>;
}

const pageSize = 1_000;

/** The log in a database that `migrateAudit` has seen. Any number of processes may write to it. */
export function auditLog(db: Kysely<unknown>): AuditLog {
  const append = together<AuditEntry>(async (entries) => {
    const records = entries.map((entry) => {
      const { at, who, owner, namespace, outcome } = storable(entry);
      return { line: lineOf(storable(entry)), at, who, owner, namespace, outcome };
    });
    await rowsOf(db, sql`select audit_append(${JSON.stringify(records)}::text::jsonb)`, 'uncertain');
  });

  async function ends(): Promise<{ readonly first: Link; readonly last: Link }> {
    const rows = await rowsOf(db, sql<Link & { which: string }>`select which, seq::float8 as seq, hash from audit_ends`);
    const [first, last] = ['first', 'last'].map((which) => rows.find((row) => row.which === which));
    if (!first || !last) throw new Error('the ends of the audit log are not there');
    return { first: { seq: first.seq, hash: first.hash }, last: { seq: last.seq, hash: last.hash } };
  }

  function reading(within?: readonly string[]): AuditReader {
    const select = selecting(db, within);
    return {
      async list({ owners, namespace, who, outcome, since, limit, cursor } = {}) {
        const after = readCursor(cursor);
        const clauses = [
          sql`true`,
          ...(owners ? [sql`owner = any(${owners}::text[])`] : []),
          ...(namespace === undefined ? [] : [sql`namespace = ${storableText(namespace)}`]),
          ...(who === undefined ? [] : [sql`who = ${storableText(who)}`]),
          ...(outcome === undefined ? [] : [sql`outcome = ${outcome}`]),
          ...(since === undefined ? [] : [sql`at >= ${since}::timestamptz`]),
          ...(after === undefined ? [] : [sql`seq < ${after}::bigint`]),
        ];
        return pageOf(await select(sql.join(clauses, sql` and `), 'desc', sizeOf(limit) + 1), limit);
      },
      async *records() {
        yield* upTo(select, (await ends()).last.seq);
      },
    };
  }

  return {
    append: (entry) => append(auditEntry.parse(entry)),
    ...reading(),
    as: reading,
    ends,
    async verify() {
      const { first, last } = await ends();
      return await verifyChain(upTo(selecting(db), last.seq), { from: first, end: last });
    },
    async prune(before) {
      const [row] = await rowsOf(db, sql<{ pruned: number }>`select audit_prune(${before}::timestamptz)::float8 as pruned`, 'uncertain');
      return row?.pruned ?? 0;
    },
  };
}

type Select = (where: RawBuilder<unknown>, order: 'asc' | 'desc', limit: number) => Promise<readonly AuditRecord[]>;

/** Reads records, where `owners` are named those that concern them. */
function selecting(db: Kysely<unknown>, owners?: readonly string[]): Select {
  return async (where, order, limit) => {
    const query = sql<Row>`select seq::float8 as seq, hash, line from audit where ${where} order by audit.seq ${sql.raw(order)} limit ${sql.lit(limit)}`;
    const rows = owners === undefined ? await rowsOf(db, query) : await inDatabaseWords('unavailable', async () => await db.transaction().execute(async (inside) => {
      await sql`select set_config('neb.owners', (${[...owners]}::text[])::text, true)`.execute(inside);
      return (await query.execute(inside)).rows;
    }));
    return rows.map(({ seq, hash, line }) => ({ seq, hash, entry: JSON.parse(line) as AuditEntry }));
  };
}

async function* upTo(select: Select, last: number): AsyncGenerator<AuditRecord, void> {
  for (let after = -1; ;) {
    const rows = await select(sql`seq > ${after} and seq <= ${last}`, 'asc', pageSize);
    yield* rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1)!.seq;
  }
}

/** Throws `unavailable` where the database does not answer, for a write `uncertain`. */
async function rowsOf<R>(db: Kysely<unknown>, query: RawBuilder<R>, lost: 'unavailable' | 'uncertain' = 'unavailable'): Promise<readonly R[]> {
  return await inDatabaseWords(lost, async () => (await query.execute(db)).rows);
}

/** The number to go on below. Throws `invalid` for what no answer named. */
export function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined || /^\d{1,15}$/.test(cursor)) return cursor === undefined ? undefined : Number(cursor);
  throw new NebError('invalid', 'that is not a cursor of the audit log', { hint: 'Hand back the cursor that the last answer named, unchanged.' });
}

/** The first page of records that are in order; with a cursor where there are more. */
export function pageOf(records: readonly AuditRecord[], limit: number | undefined): Page<AuditRecord> {
  const items = records.slice(0, sizeOf(limit));
  return records.length > items.length ? { items, next: String(items.at(-1)!.seq) } : { items };
}

function sizeOf(limit = 100): number {
  return Math.min(Math.max(limit, 1), pageSize);
}

interface Row {
  readonly seq: number;
  readonly hash: string;
  readonly line: string;
}

function storable(entry: AuditEntry): AuditEntry {
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, typeof value === 'string' ? storableText(value) : value])) as AuditEntry;
}
