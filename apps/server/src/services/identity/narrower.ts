import { compareMoney, NebError, parseMoney, type Scope } from '@neb/core-types';
import { verbGroups } from '../../auth/authorise.ts';

/** What a key can do, and how long, and for how much. */
export interface Bounds {
  readonly scope?: Scope | undefined;
  readonly expiresAt?: string | undefined;
  readonly spendCap?: string | undefined;
}

/** `wanted` within `held`: what it leaves out it has from there. Throws `unauthorized` where it asks for more. */
export function within(held: Bounds, wanted: Bounds): Bounds {
  const namespaces = part({ what: 'namespaces', held: held.scope?.namespaces, wanted: wanted.scope?.namespaces, covers: (all, one) => all.includes(one) });
  const verbs = part({ what: 'verbs', held: held.scope?.verbs, wanted: wanted.scope?.verbs, covers: coversVerb });
  const scope = namespaces || verbs ? { ...(namespaces && { namespaces }), ...(verbs && { verbs }) } : undefined;
  return { scope, expiresAt: earliest(held.expiresAt, wanted.expiresAt), spendCap: least(held.spendCap, wanted.spendCap) };
}

interface Part {
  readonly what: string;
  readonly held: readonly string[] | undefined;
  readonly wanted: readonly string[] | undefined;
  covers(all: readonly string[], one: string): boolean;
}

function part({ what, held, wanted, covers }: Part): readonly string[] | undefined {
  if (!held || !wanted) return wanted ?? held;
  const beyond = wanted.filter((one) => !covers(held, one));
  if (beyond.length === 0) return wanted;
  throw new NebError('unauthorized', `a key makes no key that is wider than itself: its ${what} are ${held.join(', ') || 'none'}, and not ${beyond.join(', ')}`);
}

/** A group holds its verbs, and is held where all of them are. */
function coversVerb(held: readonly string[], wanted: string): boolean {
  const all = held.flatMap((one) => [one, ...verbsIn(one)]);
  const parts = verbsIn(wanted);
  return all.includes(wanted) || (parts.length > 0 && parts.every((verb) => all.includes(verb)));
}

function verbsIn(group: string): readonly string[] {
  return Object.hasOwn(verbGroups, group) ? verbGroups[group as keyof typeof verbGroups] : [];
}

function earliest(held: string | undefined, wanted: string | undefined): string | undefined {
  if (held === undefined || wanted === undefined) return wanted ?? held;
  if (Date.parse(wanted) <= Date.parse(held)) return wanted;
  throw new NebError('unauthorized', `a key makes no key that outlives it: it expires at ${held}`);
}

function least(held: string | undefined, wanted: string | undefined): string | undefined {
  // What is no amount is refused where the key is made.
  if (held === undefined || wanted === undefined || parseMoney(wanted) === undefined) return wanted ?? held;
  if (compareMoney(wanted, held) <= 0) return wanted;
  throw new NebError('unauthorized', `a key makes no key that may spend more than itself: ${held}`);
}
