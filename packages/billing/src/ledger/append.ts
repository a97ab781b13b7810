import { type Link, origin, type UsageFact } from '@neb/core-types';
import { type Kysely, sql, type Transaction } from 'kysely';
import { chained, type Entry, keptFact, subjectOf } from './entry.ts';

/** What became of facts that were appended. */
export interface Appended {
  readonly added: number;
  /** Those that were in the ledger already. */
  readonly known: number;
  /** Of the last fact in the ledger. */
  readonly position: number;
}

/**
 * Appends facts within a transaction: they are there once it commits, with what else it wrote, or none of them is. Those
 * whose ids are known stay as they are. One transaction appends at a time; others wait for its end.
 */
export async function appendIn(inside: Transaction<unknown> | Kysely<unknown>, given: readonly UsageFact[]): Promise<Appended> {
  const { rows: [head] } = await sql<{ position: string }>`select position from billing_head for update`.execute(inside);
  const position = Number(head!.position);
  const facts = [...new Map(given.map((fact) => [fact.id, keptFact(fact)])).values()];
  const fresh = await unknownOf(inside, facts);
  if (fresh.length === 0) return { added: 0, known: given.length, position };

  const { rows: ends } = await sql<Link & { owner: string }>`
    select owner, seq::float8 as seq, hash from billing_chains where owner = any(${[...new Set(fresh.map(({ owner }) => owner))]}::text[])`.execute(inside);
  const entries = chained(fresh, new Map(ends.map(({ owner, seq, hash }) => [owner, { seq, hash }])), origin);
  await write(inside, entries, position);
  return { added: fresh.length, known: given.length - fresh.length, position: position + fresh.length };
}

async function unknownOf(inside: Kysely<unknown>, facts: readonly UsageFact[]): Promise<readonly UsageFact[]> {
  if (facts.length === 0) return [];
  const { rows } = await sql<{ id: string }>`select id from billing_facts where id = any(${facts.map(({ id }) => id)}::text[])`.execute(inside);
  const known = new Set(rows.map(({ id }) => id));
  return facts.filter(({ id }) => !known.has(id));
}

/** One statement, so that a batch costs one exchange. */
async function write(inside: Kysely<unknown>, entries: readonly Entry[], position: number): Promise<void> {
  const subjects = new Map<string, ReturnType<typeof subjectOf>>();
  const rows = entries.map(({ fact, link, line }, nth) => {
    const subject = subjectOf(fact);
    subjects.set(subject.id, subject);
    const { id, owner, namespace, kind, metric, unit, currency, from, to, quantity, amount, cost } = fact;
    return { position: position + nth + 1, ...link, line, id, owner, namespace, kind, metric, unit, currency, from_at: from, to_at: to, quantity, amount, cost, subject: subject.id };
  });
  await sql`
    with given as materialized (
      select * from json_to_recordset(${JSON.stringify(rows)}::text::json) as g(position bigint, owner text, seq bigint, hash text, id text, subject uuid, namespace text, kind text, metric text,
        unit text, currency text, from_at timestamptz, to_at timestamptz, quantity numeric, amount numeric, cost numeric, line text)
    ), subjects as (
      insert into billing_subjects (id, owner, namespace, object_kind, object_id, object_name, of_kind, of_name, labels, platform, region, accelerator)
      select * from json_to_recordset(${JSON.stringify([...subjects.values()])}::text::json) as s(id uuid, owner text, namespace text, object_kind text, object_id text, object_name text,
        of_kind text, of_name text, labels jsonb, platform text, region text, accelerator text)
      on conflict do nothing
    ), facts as (
      insert into billing_facts (position, owner, seq, hash, id, subject, namespace, kind, metric, unit, currency, from_at, to_at, quantity, amount, cost, line)
      select position, owner, seq, hash, id, subject, namespace, kind, metric, unit, currency, from_at, to_at, quantity, amount, cost, line from given
    ), days as (
      insert into billing_days as d (day, subject, kind, metric, unit, currency, owner, namespace, facts, quantity, amount, cost)
      select (from_at at time zone 'UTC')::date, subject, kind, metric, unit, currency, min(owner), min(namespace), count(*), sum(quantity), sum(amount), sum(cost)
      from given group by 1, 2, 3, 4, 5, 6
      on conflict (day, subject, kind, metric, unit, currency) do update
        set facts = d.facts + excluded.facts, quantity = d.quantity + excluded.quantity, amount = d.amount + excluded.amount, cost = d.cost + excluded.cost
    ), chains as (
      insert into billing_chains (owner, seq, hash)
      select distinct on (owner) owner, seq, hash from given order by owner, seq desc
      on conflict (owner) do update set seq = excluded.seq, hash = excluded.hash
    )
    update billing_head set position = (select max(position) from given)`.execute(inside);
}
