import { createHash } from 'node:crypto';
import { hashAfter, type Link, storableText, type UsageFact, usageFact } from '@neb/core-types';

/** A fact in its place. */
export interface Entry {
  readonly fact: UsageFact;
  readonly link: Link;
  /** What the hash is made of, and what is stored: parsing this text and writing it again gives the same text. */
  readonly line: string;
}

/** The fact as it is kept: checked, its keys in one order, without what a database cannot hold. Throws what is wrong with it. */
export function keptFact(fact: UsageFact): UsageFact {
  return cleaned(usageFact.parse(fact)) as UsageFact;
}

/** What a fact's hash is made of. */
function lineOf(fact: UsageFact): string {
  return JSON.stringify(fact);
}

/** Puts facts behind the ends of their owners' chains, in order. Pure; `ends` stays as it is. */
export function chained(facts: readonly UsageFact[], ends: ReadonlyMap<string, Link>, origin: Link): readonly Entry[] {
  const last = new Map(ends);
  return facts.map((fact) => {
    const before = last.get(fact.owner) ?? origin;
    const line = lineOf(fact);
    const link = { seq: before.seq + 1, hash: hashAfter(before, line) };
    last.set(fact.owner, link);
    return { fact, link, line };
  });
}

/** What used something, as a row; its id is the same for the same. */
export function subjectOf({ owner, namespace, object, of, labels, platform, region, accelerator }: UsageFact) {
  const sorted = Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const row = {
    owner, namespace, object_kind: object.kind, object_id: object.id, object_name: object.name, of_kind: of?.kind ?? null, of_name: of?.name ?? null,
    labels: sorted, platform: platform ?? null, region: region ?? null, accelerator: accelerator ?? null,
  };
  const hex = createHash('sha256').update(JSON.stringify(row)).digest('hex');
  return { id: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`, ...row };
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), cleaned(item)]));
}
