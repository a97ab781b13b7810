import { type AuditEntry, type AuditRecord, type AuditVerdict, hashAfter, type Link, origin } from '@neb/core-types';

/** What a record's hash is made of, and what is stored: parsing this text and writing it again gives the same text. */
export function lineOf(entry: AuditEntry): string {
  return JSON.stringify(entry);
}

/**
 * Walks records in order from `from`. Where `end` is given the last one must be it: without it, records cut off at the
 * end leave no trace. Keep the end of a chain elsewhere to be sure of those, too.
 */
export async function verifyChain(records: AsyncIterable<AuditRecord>, { from = origin, end }: { readonly from?: Link | undefined; readonly end?: Link | undefined } = {}): Promise<AuditVerdict> {
  let before = from;
  let count = 0;
  const broken = (seq: number, why: string): AuditVerdict => ({ ok: false, records: count, seq, why });
  for await (const { seq, hash, entry } of records) {
    if (seq !== before.seq + 1) return broken(before.seq + 1, `record ${before.seq + 1} is missing`);
    if (hash !== hashAfter(before, lineOf(entry))) return broken(seq, `record ${seq} is not what was written, or what came before it is not`);
    before = { seq, hash };
    count++;
  }
  if (end && (end.seq !== before.seq || end.hash !== before.hash)) return broken(before.seq + 1, `the chain ends at record ${before.seq}, and ended at ${end.seq}`);
  return { ok: true, records: count, end: before };
}
