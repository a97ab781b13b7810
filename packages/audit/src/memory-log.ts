import { type AuditRecord, auditEntry, hashAfter, type Link, origin } from '@neb/core-types';
import { type AuditLog, type AuditQuery, type AuditReader, pageOf, readCursor } from './audit-log.ts';
import { lineOf, verifyChain } from './chain.ts';

/** A log that ends with its process: for tests, and for programs without a database. */
export function memoryAuditLog(): AuditLog {
  let kept: readonly AuditRecord[] = [];
  let first = origin;
  const last = (): Link => kept.at(-1) ?? first;

  function reading(within?: readonly string[]): AuditReader {
    const seen = (): readonly AuditRecord[] => kept.filter((record) => matches(record, { owners: within }));
    return {
      async list(query = {}) {
        const after = readCursor(query.cursor);
        return pageOf(seen().filter((record) => matches(record, query) && (after === undefined || record.seq < after)).toReversed(), query.limit);
      },
      async *records() {
        yield* seen();
      },
    };
  }

  return {
    async append(given) {
      const entry = auditEntry.parse(given);
      const before = last();
      kept = [...kept, { seq: before.seq + 1, hash: hashAfter(before, lineOf(entry)), entry }];
    },
    ...reading(),
    as: reading,
    ends: async () => ({ first, last: { seq: last().seq, hash: last().hash } }),
    verify: () => verifyChain(reading().records(), { from: first, end: last() }),
    async prune(before) {
      const edge = kept.findIndex(({ entry }) => Date.parse(entry.at) >= Date.parse(before));
      const gone = edge === -1 ? kept : kept.slice(0, edge);
      const { seq, hash } = gone.at(-1) ?? first;
      first = { seq, hash };
      kept = kept.slice(gone.length);
      return gone.length;
    },
  };
}

function matches({ entry }: AuditRecord, { owners, namespace, who, outcome, since }: AuditQuery): boolean {
  return (!owners || (entry.owner !== undefined && owners.includes(entry.owner)))
    && (namespace === undefined || entry.namespace === namespace)
    && (who === undefined || entry.who === who)
    && (outcome === undefined || entry.outcome === outcome)
    && (since === undefined || Date.parse(entry.at) >= Date.parse(since));
}
