import { z } from 'zod';

/** Where usage is known from: a run that a customer has, what a platform asks for it, what passed a gateway, and messages of a stream. */
export const usageKinds = ['runtime', 'platform', 'gateway', 'stream'] as const;
export type UsageKind = (typeof usageKinds)[number];

/** What sums of usage may be told apart by; `label:KEY` besides. */
export const usageDimensions = ['owner', 'namespace', 'container', 'service', 'processor', 'platform', 'region', 'accelerator', 'day', 'kind', 'metric'] as const;
export type UsageDimension = (typeof usageDimensions)[number] | `label:${string}`;

const decimal = z.string().regex(/^-?\d+(?:\.\d+)?$/, { error: 'must be a decimal number' });

/** One thing that was used, with what it costs. It is written once and never changed; what was too much is taken back by another. */
export const usageFact = z.object({
  id: z.string().min(1).describe('The same however often it is derived: that it comes again changes nothing.'),
  kind: z.enum(usageKinds),
  from: z.iso.datetime().describe('When it began, RFC 3339; it is of the day (UTC) of this moment.'),
  to: z.iso.datetime().describe('When it ended; the same as `from` where it took no time.'),
  owner: z.string(),
  namespace: z.string(),
  object: z.object({ kind: z.enum(['Container', 'Service', 'Processor']), id: z.string(), name: z.string() }).describe('What used it.'),
  of: z.object({ kind: z.enum(['Service', 'Processor']), name: z.string() }).optional().describe('Whose replica that is.'),
  labels: z.record(z.string(), z.string()).describe('The object\'s, when it was used.'),
  attempt: z.int().optional().describe('Which try of the container.'),
  platform: z.string().optional(),
  region: z.string().optional(),
  accelerator: z.string().optional().describe('As in "2:A100_SXM".'),
  caller: z.string().optional().describe('Who asked, where that is known.'),
  metric: z.string().describe('What was counted: runtime, platform, requests, response_value, …'),
  quantity: decimal.describe('How much; less than nothing where it takes back.'),
  unit: z.string().describe('Of the quantity; time is in seconds.'),
  rate: z.object({ price: decimal, unit: z.string() }).optional().describe('What one unit costs; absent where nothing is asked.'),
  currency: z.string().describe('Of both amounts.'),
  amount: decimal.describe('What it costs its owner.'),
  cost: decimal.describe('What a platform asks for it.'),
  problem: z.string().optional().describe('Why it could not be counted or priced.'),
});
export type UsageFact = z.infer<typeof usageFact>;

/** A fact in its place in its owner's chain: `hash` covers the fact, its number and the hash before it. */
export const usageRecord = z.object({ seq: z.int().min(1), hash: z.string().regex(/^[\da-f]{64}$/), fact: usageFact });
export type UsageRecord = z.infer<typeof usageRecord>;
