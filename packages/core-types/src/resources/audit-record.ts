import { z } from 'zod';

/** One thing that somebody did or was denied. */
export const auditEntry = z.object({
  at: z.string().describe('RFC 3339.'),
  who: z.string().describe('The identity of the caller.'),
  credential: z.string().optional().describe('The key or session it came with.'),
  address: z.string().optional().describe('Where the request came from.'),
  request: z.string().optional().describe('The id of the request, as in the server\'s log.'),
  verb: z.string().describe('What was asked for, such as delete or reveal.'),
  kind: z.string().describe('Of what.'),
  namespace: z.string().optional(),
  name: z.string().optional(),
  id: z.string().optional(),
  owner: z.string().optional().describe('Whose it is.'),
  outcome: z.enum(['ok', 'denied', 'failed']),
  why: z.string().optional().describe('Of what was denied or failed: the reason, without what is secret.'),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** An entry in its place in the chain: `hash` covers the entry, its number and the hash before it. */
export const auditRecord = z.object({ seq: z.number(), hash: z.string(), entry: auditEntry });
export type AuditRecord = z.infer<typeof auditRecord>;

const link = z.object({ seq: z.number().describe('0 where there is no record.'), hash: z.string().describe('64 hexadecimal digits.') });

/** What a walk along the chain found: its end, or the first record that is missing or not as it was written. */
export const auditVerdict = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), records: z.number(), end: link }),
  z.object({ ok: z.literal(false), records: z.number(), seq: z.number(), why: z.string() }),
]);
export type AuditVerdict = z.infer<typeof auditVerdict>;
