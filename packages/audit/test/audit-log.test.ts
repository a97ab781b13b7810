import { PGlite } from '@electric-sql/pglite';
import { type AuditEntry, collect, paginate } from '@neb/core-types';
import { Kysely, PGliteDialect, sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuditLog, auditLog, memoryAuditLog, migrateAudit, verifyChain } from '../src/index.ts';

const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: async () => await PGlite.create() }) });
let log: AuditLog;
const logs = { PGlite: () => auditLog(db), memory: memoryAuditLog };
const minute = (n: number): string => new Date(Date.UTC(2026, 10, 24, 8, n)).toISOString();
const entry = (n: number, more: Partial<AuditEntry> = {}): AuditEntry => ({ at: minute(n), who: 'ada@example.com', verb: 'delete', kind: 'Container', namespace: 'shop', name: `web-${n}`, owner: 'acme', outcome: 'ok', ...more });
/** What somebody with the rights of the tables' owner can do. */
const forge = async (statement: string): Promise<void> => {
  await sql`alter table audit disable trigger all`.execute(db);
  await sql.raw(statement).execute(db);
  await sql`alter table audit enable trigger all`.execute(db);
};

beforeEach(async () => {
  await sql`drop schema public cascade`.execute(db);
  await sql`create schema public`.execute(db);
  await migrateAudit(db);
  await migrateAudit(db);
  log = auditLog(db);
});
afterAll(() => db.destroy());

describe.each(Object.entries(logs))('the audit log in %s', (_, make) => {
  beforeEach(() => void (log = make()));

  test('keeps what was appended, numbered in order, and shows the newest first', async () => {
    await Promise.all([1, 2, 3].map((n) => log.append(entry(n))));
    expect((await log.list()).items.map(({ seq, entry: { name } }) => `${seq} ${name}`)).toEqual(['3 web-3', '2 web-2', '1 web-1']);
    expect(await log.verify()).toMatchObject({ ok: true, records: 3, end: { seq: 3 } });
  });

  test('of nothing verifies', async () => {
    expect(await log.verify()).toMatchObject({ ok: true, records: 0, end: { seq: 0 } });
  });

  test('shows what is asked for, page after page', async () => {
    const others = [entry(10, { owner: 'eve', who: 'eve' }), entry(11, { outcome: 'denied', why: 'you are viewer of acme' }), entry(12, { namespace: 'lab' }), entry(13, { owner: undefined })];
    for (const one of [...[1, 2, 3, 4, 5].map((n) => entry(n)), ...others]) await log.append(one);
    const all = await collect(paginate((cursor) => log.list({ owners: ['acme'], limit: 2, cursor })));
    expect(all.map(({ seq }) => seq)).toEqual([8, 7, 5, 4, 3, 2, 1]);
    const found = async (query: Parameters<AuditLog['list']>[0]) => (await log.list(query)).items.map(({ seq }) => seq);
    expect(await found({ outcome: 'denied' })).toEqual([7]);
    expect(await found({ namespace: 'lab' })).toEqual([8]);
    expect(await found({ who: 'eve' })).toEqual([6]);
    expect(await found({ since: minute(12) })).toEqual([9, 8]);
    expect(await found({ owners: [] })).toEqual([]);
    await expect(log.list({ cursor: '1; drop' })).rejects.toMatchObject({ code: 'invalid' });
  });

  test('forgets what is old, and the rest still verifies', async () => {
    for (const n of [1, 2, 3, 4]) await log.append(entry(n));
    expect(await log.prune(minute(3))).toBe(2);
    expect(await log.prune(minute(3))).toBe(0);
    expect(await log.verify()).toMatchObject({ ok: true, records: 2, end: { seq: 4 } });
    await log.append(entry(5));
    expect(await log.prune(minute(59))).toBe(3);
    expect(await log.verify()).toMatchObject({ ok: true, records: 0, end: { seq: 5 } });
    await log.append(entry(6));
    expect(await log.verify()).toMatchObject({ ok: true, records: 1, end: { seq: 6 } });
  });

  test('can be checked anywhere, from a copy', async () => {
    for (const n of [1, 2, 3]) await log.append(entry(n));
    const copy = (await collect(log.records())).map((record) => JSON.stringify(record));
    const lines = async function* (texts: readonly string[]) {
      for (const text of texts) yield JSON.parse(text) as Awaited<ReturnType<AuditLog['list']>>['items'][number];
    };
    const { last } = await log.ends();
    expect(await verifyChain(lines(copy), { end: last })).toMatchObject({ ok: true, records: 3 });
    expect(await verifyChain(lines(copy.slice(0, 2)), { end: last })).toMatchObject({ ok: false, seq: 3 });
    expect(await verifyChain(lines(copy.map((text) => text.replace('web-2', 'web-9'))), { end: last })).toMatchObject({ ok: false, seq: 2 });
  });
});

describe('the audit log of a database', () => {
  test.each([
    ['a record that was removed', 'delete from audit where seq = 2', 2],
    ['the first one', 'delete from audit where seq = 1', 1],
    ['the last one', 'delete from audit where seq = 4', 4],
    ['one whose text was changed', `update audit set line = replace(line, 'ada', 'eve') where seq = 3`, 3],
    ['one whose hash was made to fit its changed text', `update audit a set line = l, hash = encode(sha256(convert_to((select hash from audit where seq = 2) || E'\\n3\\n' || l, 'UTF8')), 'hex') from (select replace(line, 'ada', 'eve') as l from audit where seq = 3) as x where a.seq = 3`, 4],
    ['two that changed places', 'update audit set seq = case seq when 2 then -3 else -2 end where seq in (2, 3); update audit set seq = -seq where seq < 0', 2],
    ['one put in between', `update audit set seq = -seq - 1 where seq > 2; update audit set seq = -seq where seq < 0; insert into audit select 3, hash, line, at, who, owner, namespace, outcome from audit where seq = 2`, 3],
  ])('tells of %s', async (_, statement, seq) => {
    for (const n of [1, 2, 3, 4]) await log.append(entry(n));
    for (const one of statement.split('; ')) await forge(one);
    expect(await log.verify()).toMatchObject({ ok: false, seq });
  });

  test('keeps hostile text as it came, as far as a database can', async () => {
    const name = `'; drop table audit; -- \u202e 🦉 "\\ \n`;
    await log.append(entry(1, { name }));
    await log.append(entry(2, { name: 'a\0b\ud800' }));
    expect((await log.list()).items.map((record) => record.entry.name)).toEqual(['a\uFFFDb\uFFFD', name]);
    expect((await log.list({ who: 'a\0', namespace: '\ud800' })).items).toEqual([]);
    expect((await log.verify()).ok).toBe(true);
  });

  test('lets nobody change or remove a record by mistake', async () => {
    for (const n of [1, 2]) await log.append(entry(n));
    await log.prune(minute(2));
    for (const statement of ['delete from audit', `update audit set line = ''`, 'truncate audit']) await expect(sql.raw(statement).execute(db)).rejects.toThrow('append-only');
    expect((await log.verify()).ok).toBe(true);
  });
});

test('a write that fails fails for those it was for, and the next goes through', async () => {
  await sql`alter table audit rename to hidden`.execute(db);
  const lost = await Promise.allSettled([log.append(entry(1)), log.append(entry(2))]);
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await sql`alter table hidden rename to audit`.execute(db);
  await log.append(entry(3));
  expect(await log.verify()).toMatchObject({ ok: true, records: 1 });
});

test('a database that has gone is told in words: what was appended may be there, and what was asked for may be asked again', async () => {
  const gone = auditLog(db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: () => Promise.reject(Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' })),
  }));
  await expect(gone.append(entry(1))).rejects.toMatchObject({ code: 'uncertain' });
  for (const asked of [() => gone.list(), () => gone.ends(), () => gone.verify()]) await expect(asked()).rejects.toMatchObject({ code: 'unavailable' });
});
