import { type Caller, instant, type Link, type UsageDimension, usageDimensions, type UsageKind, usageKinds, type UsageRecord, usageRecord } from '@neb/core-types';
import { z } from 'zod';

export interface UsageInput {
  /** In this order; one line for all if absent. */
  readonly by?: readonly UsageDimension[] | undefined;
  /** A user or an organisation; all whose usage the caller may see if absent. */
  readonly owner?: string | undefined;
  readonly namespace?: string | undefined;
  readonly kind?: UsageKind | undefined;
  /** What the objects' labels must have been. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** RFC 3339; what began before does not count. */
  readonly since?: string | undefined;
  /** RFC 3339; what began then or later does not count. */
  readonly until?: string | undefined;
  /** 1,000 if absent, 10,000 at most. */
  readonly limit?: number | undefined;
}

/** What belongs together, in one currency. */
export interface CostTotal {
  readonly by: Readonly<Record<string, string | undefined>>;
  readonly currency: string;
  /** What owners are asked, what platforms ask, and what is over: decimal strings. */
  readonly amount: string;
  readonly cost: string;
  readonly margin: string;
  /** How many facts of the ledger these are. */
  readonly facts: number;
}

/** The same of one metric in one unit. */
export interface UsageTotal extends CostTotal {
  readonly metric: string;
  readonly unit: string;
  readonly quantity: string;
}

export interface Totals<T> {
  readonly items: readonly T[];
  /** Whether there are more than the limit. */
  readonly more: boolean;
}

/** Objects of one kind whose spending is asked for. */
export interface SpendingInput {
  readonly kind: 'Container' | 'Service' | 'Processor';
  /** At most 5,000. */
  readonly objects: readonly {
    readonly id: string;
    readonly namespace: string;
    readonly name: string;
    /** RFC 3339: when it was created. What replicas of its name used before that day is not its. */
    readonly since: string;
  }[];
}

/** Where things stand in one currency; decimal strings. */
export interface Standing {
  readonly currency: string;
  /** Of what goes on now. What is counted, such as requests, has no such price, and is not in it. */
  readonly per_hour: string;
  /** Until now, with what is not in the ledger yet. */
  readonly spent: string;
  /** What `spent` will be at `until` if all goes on as it does now, without what will be counted. */
  readonly projected: string;
}

/** What an object came to so far, and what it is on its way to. */
export interface Spending {
  readonly id: string;
  /** How many runs of it go on. */
  readonly runs: number;
  /** How long it was had from platforms, in seconds: all its replicas together. */
  readonly seconds: string;
  /** What its owner is asked; empty where no meter asked anything. */
  readonly asked: readonly Standing[];
  /** What platforms ask. */
  readonly platform: readonly Standing[];
  /** Why something that goes on has no price. */
  readonly problems: readonly string[];
}

/** As of a moment, projected until another: the end of that month (UTC). */
export interface Spendings {
  readonly at: string;
  readonly until: string;
  /** In the order in which they were asked for. */
  readonly items: readonly Spending[];
}

export interface BillInput {
  /** The caller if absent. */
  readonly owner?: string | undefined;
  readonly since: string;
  readonly until: string;
  /** Of the page before. */
  readonly cursor?: string | undefined;
}

/** A part of the records of a bill, in the order of the owner's chain. What `billLines` of @neb/billing/bill takes. */
export interface BillPage {
  readonly owner: string;
  readonly since: string;
  readonly until: string;
  /** What the bill's first record follows. */
  readonly after: Link;
  /** What the bill's last record is, as of `made_at`. */
  readonly end: Link;
  readonly made_at: string;
  /** Of all that is said here but the records, which the hashes of `after` and `end` hold. */
  readonly signature: BillSignature;
  readonly items: readonly UsageRecord[];
  readonly next?: string | undefined;
}

/** An Ed25519 signature, and the id of its key. */
export interface BillSignature {
  readonly key: string;
  readonly value: string;
}

/** A key that bills are, or were, signed with. */
export interface BillKey {
  /** The first 32 digits of the SHA-256 of the public key (DER, SPKI). */
  readonly id: string;
  readonly algorithm: 'Ed25519';
  /** PEM. */
  readonly public_key: string;
  readonly made_at: string;
  /** Since when it signs nothing any more; absent of the one that does. */
  readonly retired_at?: string | undefined;
}

/** What was used, what it costs, and bills of it. */
export interface BillingServices {
  usage(who: Caller, input: UsageInput): Promise<Totals<UsageTotal>>;
  cost(who: Caller, input: UsageInput): Promise<Totals<CostTotal>>;
  /** What objects came to, with what goes on and is not in the ledger yet; nothing of what the caller may not see. */
  spending(who: Caller, input: SpendingInput): Promise<Spendings>;
  /** At most 1,000 records a page. */
  bill(who: Caller, input: BillInput): Promise<BillPage>;
  /** For anybody: the public keys of bills, the current one first. */
  keys(): Promise<readonly BillKey[]>;
  /** For administrators: another key signs from now on. */
  rotateKey(who: Caller): Promise<BillKey>;
}

const dimension = z.union([z.enum(usageDimensions), z.templateLiteral(['label:', z.string().min(1).max(253)])], { error: `must be ${usageDimensions.join(', ')} or label:KEY` });
const owner = z.string().min(1).max(254).optional().describe('A user or an organisation.');
const filters = {
  owner, namespace: z.string().optional().describe('Only of this namespace; "-" is your own.'), kind: z.enum(usageKinds).optional(),
  since: instant.optional().describe('What began before does not count.'), until: instant.optional().describe('What began then or later does not count.'),
};
const limit = z.int().min(1).max(10_000);

export const usageInput = z.strictObject({ by: z.array(dimension).max(6).readonly().optional(), labels: z.record(z.string(), z.string()).optional(), limit: limit.optional(), ...filters }).default({});

/** The same as what may follow `?`. */
export const usageQuery = z.object({
  by: z.string().transform((text) => text.split(',')).pipe(z.array(dimension).max(6)).optional().describe(`What to tell apart by: ${usageDimensions.join(', ')}, label:KEY, separated by commas.`),
  label: z.string().regex(/^[^=,]+=[^=,]*(,[^=,]+=[^=,]*)*$/, { error: 'must be KEY=VALUE, separated by commas' }).transform(labelsOf).optional().describe('KEY=VALUE that the object was labelled with; several separated by commas.'),
  limit: z.coerce.number().pipe(limit).optional(),
  ...filters,
});

export const billInput = z.strictObject({ owner, since: instant, until: instant, cursor: z.string().regex(/^\d{1,15}-\d{1,15}$/).optional().describe('`next` of the page before.') });

const spendingObject = z.strictObject({ id: z.string().min(1).max(100), namespace: z.string().min(1).max(254), name: z.string().min(1).max(254), since: instant });
export const spendingInput = z.strictObject({ kind: z.enum(['Container', 'Service', 'Processor']), objects: z.array(spendingObject).max(5_000).readonly() });
const standing = z.object({ currency: z.string(), per_hour: z.string().describe('Of what goes on now.'), spent: z.string().describe('Until now.'), projected: z.string().describe('What `spent` will be at `until` if all goes on as now.') });
export const spendings = z.object({
  at: z.string(), until: z.string().describe('Until when is projected: the end of the month (UTC).'),
  items: z.array(z.object({
    id: z.string(), runs: z.number().describe('How many go on.'), seconds: z.string().describe('How long it was had from platforms.'), asked: z.array(standing).describe('What its owner is asked.'),
    platform: z.array(standing).describe('What platforms ask.'), problems: z.array(z.string()),
  })),
});

const money = { currency: z.string(), amount: z.string().describe('What owners are asked.'), cost: z.string().describe('What platforms ask.'), margin: z.string(), facts: z.number() };
const by = z.record(z.string(), z.string().optional());
export const costTotals = z.object({ items: z.array(z.object({ by, ...money })), more: z.boolean() });
export const usageTotals = z.object({ items: z.array(z.object({ by, metric: z.string(), unit: z.string(), quantity: z.string(), ...money })), more: z.boolean() });
const place = z.object({ seq: z.number(), hash: z.string() });
export const billPage = z.object({
  owner: z.string(), since: z.string(), until: z.string(), after: place, end: place.describe('The last record, as of `made_at`.'), made_at: z.string(),
  signature: z.object({ key: z.string(), value: z.string() }).describe('Ed25519, of all of this but the records.'), items: z.array(usageRecord), next: z.string().optional(),
});
export const billKey = z.object({ id: z.string(), algorithm: z.literal('Ed25519'), public_key: z.string().describe('PEM.'), made_at: z.string(), retired_at: z.string().optional() });
export const billKeyList = z.object({ keys: z.array(billKey).readonly() });

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string]));
}
