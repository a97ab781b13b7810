import { collect, type UsageDimension, type UsageFact } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { ledger, type Ledger, type TotalsQuery } from '../src/index.ts';
import { billLines, verifyBill } from '../src/bill/index.ts';
import { plainSum } from './exactly.ts';
import { fact, hour, platformFact } from './some-facts.ts';

/** Of two owners in two currencies, over a month, of every kind; the same every time. */
const many: readonly UsageFact[] = Array.from({ length: 400 }, (_, n) => {
  const owner = n % 3 === 0 ? 'eve' : 'acme';
  const object = { kind: (['Container', 'Service', 'Processor'] as const)[n % 5 % 3]!, id: `o${n % 7}`, name: `name-${n % 7}` };
  const price = n % 4 === 0 ? { kind: 'platform', metric: 'platform', amount: '0', cost: `0.${String(n * 7_919).padStart(9, '0')}` } as const : { amount: `${n}.000000000${n}` };
  return fact((n * 37) % 720, { id: `many-${n}`, owner, namespace: n % 2 === 0 ? 'shop' : 'lab', object, labels: n % 6 === 0 ? {} : { team: `team-${n % 4}` }, platform: n % 2 === 0 ? 'aws' : 'docker', currency: n % 11 === 0 ? 'EUR' : 'USD', ...price });
});

export function ledgerCases(db: () => Kysely<unknown>): void {
  const book = (): Ledger => ledger(db());
  const found = async (query: TotalsQuery) => (await book().totals(query)).items.map(({ by, currency, amount, cost, margin, quantity }) => [...Object.values(by), quantity, amount, cost, margin, currency].filter((one) => one !== undefined).join(' '));

  describe('the ledger', () => {
    test('numbers facts in each owner\'s chain and over all, and adds none twice', async () => {
      expect(await book().append([fact(1), fact(2, { owner: 'eve' }), fact(1)])).toEqual({ added: 2, known: 1, position: 2 });
      expect(await book().append([fact(1), fact(3)])).toEqual({ added: 1, known: 1, position: 3 });
      expect(await book().append([fact(1)])).toEqual({ added: 0, known: 1, position: 3 });
      expect((await collect(book().records('acme'))).map(({ seq, fact: { id } }) => `${seq} ${id}`)).toEqual(['1 fact-1', '2 fact-3']);
      expect((await book().since(1)).map(({ position, seq, fact: { id } }) => `${position} ${seq} ${id}`)).toEqual(['2 1 fact-2', '3 2 fact-3']);
      expect(await book().end('acme')).toMatchObject({ seq: 2 });
      expect(await book().end('nobody')).toMatchObject({ seq: 0 });
    });

    test('gives positions without gaps to many that append at once', async () => {
      const parts = await Promise.all(Array.from({ length: 12 }, (_, nth) => book().append([fact(nth), fact(nth + 1, { id: `other-${nth}`, owner: `owner-${nth % 3}` })])));
      expect(parts.map(({ position }) => position).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, nth) => 2 * nth + 2));
      expect((await book().since(0)).map(({ position }) => position)).toEqual(Array.from({ length: 24 }, (_, nth) => nth + 1));
      for (const owner of ['acme', 'owner-0', 'owner-1']) expect((await collect(book().records(owner))).map(({ seq }) => seq)).toEqual(Array.from({ length: owner === 'acme' ? 12 : 4 }, (_, nth) => nth + 1));
    });

    test('keeps facts with what is written beside them, or neither', async () => {
      const both = db().transaction().execute(async (inside) => {
        await book().appendIn(inside, [fact(1)]);
        throw new Error('crash');
      });
      await expect(both).rejects.toThrow('crash');
      expect(await book().since(0)).toEqual([]);
      expect(await found({})).toEqual([]);
      expect(await book().append([fact(1)])).toMatchObject({ added: 1, position: 1 });
    });

    test('says what is not a fact', async () => {
      await expect(book().append([fact(1, { amount: '1e3' })])).rejects.toThrow('must be a decimal number');
    });

    test('lets nobody change or remove a fact by mistake', async () => {
      await book().append([fact(1)]);
      for (const statement of ['update billing_facts set amount = 0', 'delete from billing_facts', 'truncate billing_facts']) await expect(sql.raw(statement).execute(db())).rejects.toThrow('append-only');
    });

    test('takes any text, and shows it as it was', async () => {
      const odd = fact(1, { labels: { 'it\'s': '"quoted" \\ \n ünï 👍', nul: 'a\0b' }, caller: '\uD800' });
      await book().append([odd]);
      expect((await book().since(0))[0]!.fact).toEqual({ ...odd, labels: { ...odd.labels, nul: 'a\uFFFDb' }, caller: '\uFFFD' });
      expect(await found({ by: ['label:it\'s'] })).toEqual(['"quoted" \\ \n ünï 👍 0.185 0 0.185 USD']);
    });

    test('adds up each currency by itself, what is asked beside what it cost', async () => {
      await book().append([fact(1), platformFact(1), fact(2, { currency: 'EUR', amount: '9' }), fact(3, { amount: '-0.000000001', quantity: '-1' })]);
      expect(await found({})).toEqual(['9 0 9 EUR', '0.184999999 0.15 0.034999999 USD']);
      expect(await found({ quantities: true, kind: 'runtime' })).toEqual(['1800 9 0 9 EUR', '1799 0.184999999 0 0.184999999 USD']);
    });

    test('tells totals apart by whose replica something is, and by what it ran on', async () => {
      await book().append([
        fact(1), fact(2, { object: { kind: 'Container', id: 'c2', name: 'chat-x' }, of: { kind: 'Service', name: 'chat' }, accelerator: '1:L4', platform: 'aws' }),
        fact(3, { kind: 'gateway', object: { kind: 'Service', id: 's1', name: 'chat' }, metric: 'response_value', unit: 'token', quantity: '12', platform: undefined, region: undefined }),
        fact(4, { object: { kind: 'Container', id: 'c3', name: 'work-x' }, of: { kind: 'Processor', name: 'work' } }),
      ]);
      const amounts = async (...by: UsageDimension[]) => (await found({ by })).map((line) => line.replaceAll(/ 0 | USD/g, ' ').trim());
      expect(await amounts('service')).toEqual(['chat 0.37 0.37', '0.37 0.37']);
      expect(await amounts('processor')).toEqual(['work 0.185 0.185', '0.555 0.555']);
      expect(await amounts('container')).toEqual(['chat-x 0.185 0.185', 'web 0.185 0.185', 'work-x 0.185 0.185', '0.185 0.185']);
      expect(await amounts('platform', 'accelerator')).toEqual(['aws 1:L4 0.185 0.185', 'docker 0.37 0.37', '0.185 0.185']);
      expect(await amounts('label:team')).toEqual(['search 0.74 0.74']);
      expect(await found({ labels: { team: 'other' } })).toEqual([]);
      expect(await found({ quantities: true, namespace: 'shop' })).toEqual(['12 0.185 0 0.185 USD', '5400 0.555 0 0.555 USD']);
      await expect(book().totals({ by: ['color' as UsageDimension] })).rejects.toMatchObject({ code: 'invalid' });
    });

    test('has sums by day that equal its facts\', by whatever they are told apart', async () => {
      for (let at = 0; at < many.length; at += 60) await book().append(many.slice(Math.max(0, at - 20), at + 60));
      const exact = { since: '2026-10-31T23:59:59.999Z', until: '2026-12-01T00:00:00.001Z' };
      for (const by of [[], ['day'], ['day', 'namespace'], ['owner', 'service'], ['processor', 'platform'], ['label:team', 'container']] satisfies UsageDimension[][]) {
        const [days, facts] = await Promise.all([{}, exact].map((time) => book().totals({ by, quantities: true, ...time })));
        expect(days).toEqual(facts);
        expect(days!.items.reduce((sum, { facts: count }) => sum + count, 0)).toBe(many.length);
      }
      const { items } = await book().totals({ by: ['owner'] });
      for (const { by, currency, amount, cost } of items) {
        const of = many.filter((one) => one.owner === by['owner'] && one.currency === currency);
        expect([amount, cost]).toEqual([plainSum(of.map((one) => one.amount)), plainSum(of.map((one) => one.cost))]);
      }
    });

    test('counts what began within a time, and says where there is more than was asked for', async () => {
      await book().append(Array.from({ length: 48 }, (_, n) => fact(n)));
      expect(await found({ since: hour(24), by: ['day'] })).toEqual(['2026-11-02 4.44 0 4.44 USD']);
      expect(await found({ since: '2026-11-01T23:00:00-01:00', by: ['day'] })).toEqual(['2026-11-02 4.44 0 4.44 USD']);
      expect(await found({ owners: ['eve'] })).toEqual([]);
      expect(await found({ since: hour(1), until: hour(3) })).toEqual(['0.37 0 0.37 USD']);
      expect(await book().totals({ by: ['day'], limit: 1 })).toMatchObject({ items: [{ by: { day: '2026-11-01' }, facts: 24 }], more: true });
      expect(await book().totals({ by: ['day'], limit: 2 })).toMatchObject({ more: false });
      expect(await book().stretch('acme', { since: hour(1), until: hour(3) })).toMatchObject({ after: { seq: 1 }, last: 3 });
      expect(await book().stretch('acme', { since: hour(0), until: hour(1) })).toMatchObject({ after: { seq: 0 }, last: 1 });
      expect(await book().stretch('acme', { since: hour(48), until: hour(90) })).toMatchObject({ after: { seq: 48 }, last: 48 });
      expect(await book().stretch('eve', { since: hour(1), until: hour(3) })).toMatchObject({ after: { seq: 0 }, last: 0 });
    });

    test('hands out a bill that checks by itself', async () => {
      await book().append([2, 0, 1, 3].flatMap((n) => [fact(n), fact(n, { id: `eve-${n}`, owner: 'eve' }), platformFact(n)]));
      const time = { since: hour(1), until: hour(3) };
      const { after, last } = await book().stretch('acme', time);
      const lines = await collect(billLines({ owner: 'acme', ...time, made_at: hour(9), after }, book().records('acme', { after: after.seq, last })));
      // Hour 2 came first, so hour 0 is between: it is there, and does not count.
      expect(await verifyBill(lines)).toMatchObject({ ok: true, records: 6, totals: [{ currency: 'USD', amount: '0.37', cost: '0.3' }] });
    });

    test('shows owners what is theirs and nothing else, whatever a query forgets', async () => {
      await book().append([fact(1), fact(2, { owner: 'eve' })]);
      await sql.raw(`do $$ begin if not exists (select from pg_roles where rolname = 'billing_test') then create role billing_test nologin; end if; end $$`).execute(db());
      for (const right of ['usage on schema public', 'select on all tables in schema public']) await sql.raw(`grant ${right} to billing_test`).execute(db());
      const seen = await db().transaction().execute(async (inside) => {
        await sql`set local role billing_test`.execute(inside);
        const counts: number[] = [];
        for (const owners of ['{acme}', '{}', '']) {
          await sql`select set_config('neb.owners', ${owners}, true)`.execute(inside);
          for (const table of ['billing_facts', 'billing_days', 'billing_subjects', 'billing_chains']) counts.push((await sql<{ count: number }>`select count(*)::float8 as count from ${sql.table(table)}`.execute(inside)).rows[0]!.count);
        }
        return counts;
      });
      expect(seen).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2]);
      expect((await book().as(['acme']).totals()).items).toHaveLength(1);
    });
  });
}

const tables = ['billing_facts', 'billing_days', 'billing_subjects', 'billing_chains', 'billing_positions', 'billing_runs', 'billing_deliveries', 'billing_undelivered'];

/** Forgets everything, which the ledger itself does not let anybody. */
export async function emptied(db: Kysely<unknown>): Promise<void> {
  const statements = ['alter table billing_facts disable trigger all', `truncate ${tables.join(', ')}`, 'alter table billing_facts enable trigger all', 'update billing_head set position = 0'];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
