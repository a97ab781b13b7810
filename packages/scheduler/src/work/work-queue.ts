/**
 * Keys waiting to be looked at, one queue a kind. Three promises make controllers simple:
 * a key waits at most once, is leased to at most one worker, and if asked for again while leased is looked at again after.
 */
export interface WorkQueue {
  /** Asks for a pass over `key`, `afterMs` from now; of two asks the earlier counts. */
  add(key: string, afterMs?: number): Promise<void>;
  /** Leases up to `limit` keys, those due longest first. */
  take(limit: number): Promise<readonly Lease[]>;
  /** How long a lease lasts that is not renewed, and so how long a dead worker keeps others from its keys. */
  readonly leaseMs: number;
  /** Has those that are still held last as long as if they were taken now. */
  renew(leases: readonly Lease[]): Promise<void>;
  /** Milliseconds until the next key is due or a lease runs out, 0 if one is now; `undefined` if nothing waits. */
  nextDueMs(): Promise<number | undefined>;
  /** Ends leases in one go; the answer says for each whether it was still held. */
  release(leases: readonly Released[]): Promise<readonly boolean[]>;
  /** Resolves when a key may have become due sooner than `nextDueMs` said, or when `signal` aborts. A hint: it may be missed. */
  hint(signal: AbortSignal): Promise<void>;
}

export interface Lease {
  readonly key: string;
  /** How many passes over this key have failed in a row. */
  readonly failures: number;
  readonly token: string;
}

export interface Released {
  readonly lease: Lease;
  readonly failed: boolean;
  /** Look again after this long; absent lets the key rest until it is asked for. */
  readonly againAfterMs?: number | undefined;
}
