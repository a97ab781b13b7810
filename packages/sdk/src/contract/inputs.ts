import { type Caller, instant, money, quota } from '@neb/core-types';
import { z } from 'zod';
import type { Ref } from './services.ts';

const limit = z.int().min(1).max(1_000).optional().describe('Most to answer with at once.');
const cursor = z.string().optional().describe('`next` of the page before.');
const namespace = z.string().optional().describe('Only of this namespace; "-" is your own.');
const selector = z.string().optional().describe('Labels, as in app=web,tier!=db.');
/** Where tRPC's clients put the last position they saw. */
const lastEventId = z.string().optional();

export const refInput = z.union([z.strictObject({ id: z.string().min(1) }), z.strictObject({ namespace: z.string(), name: z.string().min(1) })], {
  error: 'needs either an id, or a namespace and a name',
});

export const listInput = z
  .strictObject({ namespace, selector, statuses: z.array(z.string()).readonly().optional(), gone: z.boolean().optional(), limit, cursor })
  .default({});

export const rowsInput = listInput.unwrap().extend({ limit: z.int().min(1).max(5_000).optional().describe('Most to answer with at once.') }).default({});

export const watchInput = z.strictObject({ namespace, id: z.string().optional(), selector, after: z.string().optional(), lastEventId }).default({});

export const logsInput = z.strictObject({
  ref: refInput,
  follow: z.boolean().optional(),
  tail: z.int().min(0).optional(),
  since: instant.optional(),
  previous: z.boolean().optional(),
  after: z.string().optional(),
  lastEventId,
});

export const applyInput = z.strictObject({
  manifests: z.array(z.unknown()).min(1, { error: 'needs at least one manifest' }).max(1_000, { error: 'takes at most 1,000 manifests at once' }).readonly(),
  mode: z.enum(['create', 'apply', 'replace']),
  dryRun: z.boolean().optional(),
  expected: z.array(z.strictObject({ id: z.string(), version: z.int() })).readonly().optional(),
});

export const checkInput = z.strictObject({ manifests: z.array(z.unknown()).readonly() });

export const eventsInput = z.strictObject({ namespace, objectId: z.string().optional(), since: instant.optional(), limit, cursor }).default({});

export const watchEventsInput = eventsInput.unwrap().extend({ after: z.string().optional(), lastEventId }).default({});

export const auditInput = z
  .strictObject({ namespace, who: z.string().optional(), outcome: z.enum(['ok', 'denied', 'failed']).optional(), since: instant.optional(), limit, cursor })
  .default({});

export const auditRecordsInput = z.strictObject({ after: z.string().optional(), lastEventId }).default({});

export const quotasInput = z.strictObject({ owner: z.string().min(1).max(254).optional().describe('A user or an organisation; you if absent.') }).default({});
export const setQuotaInput = z.strictObject({ owner: z.string().min(1).max(254), quota: quota.optional().describe('What every owner has if absent; {} sets no limit.') });

/** A name is compared with many others: a long one would keep the server from its work. */
const shortName = z.string().max(100);
const offerFilters = { platform: shortName.optional(), region: shortName.optional() };
const memoryGiB = z.number().positive().describe('Least memory of one accelerator.');
const count = z.int().min(1).describe('How many accelerators a machine has.');
const maxPrice = money.refine((text) => !text.startsWith('-'), { error: 'must not be negative' }).describe('US dollars an hour for the machine.');

export const offersInput = z
  .strictObject({ ...offerFilters, accelerators: z.array(shortName).max(20).readonly().optional(), memoryGiB: memoryGiB.optional(), count: count.optional(), spot: z.boolean().optional(), maxPrice: maxPrice.optional() })
  .default({});

/** The same as what may follow `?`. */
export const offersQuery = z.object({
  ...offerFilters,
  accelerator: z.string().transform((text) => text.split(',')).pipe(z.array(shortName).max(20)).optional().describe('Names, separated by commas; any of them.'),
  memory_gib: z.coerce.number().pipe(memoryGiB).optional(),
  count: z.coerce.number().pipe(count).optional(),
  spot: z.enum(['true', 'false']).optional().describe('true for what may be taken back, false for what may not.'),
  max_price: maxPrice.optional(),
});

/** `input` with the caller's own namespace where it says `-`. */
export function own<T extends { readonly namespace?: string | undefined }>(who: Caller, input: T): T {
  return input.namespace === '-' ? { ...input, namespace: who.handle } : input;
}

/** `ref` with the caller's own namespace where it says `-`. */
export function ownRef(who: Caller, ref: Ref): Ref {
  return 'id' in ref ? ref : own(who, ref);
}
