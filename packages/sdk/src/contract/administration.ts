import type { AuditEntry, AuditRecord, AuditVerdict, Caller, Page, Quota, Usage } from '@neb/core-types';

export interface AuditInput {
  readonly namespace?: string | undefined;
  /** The identity of who did it. */
  readonly who?: string | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** RFC 3339. */
  readonly since?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A record with the position to go on after. */
export interface AuditExport extends AuditRecord {
  readonly position: string;
}

/** Who did what, and what was denied. */
export interface Audit {
  /** Of the owners whose log the caller may read, newest first. */
  list(who: Caller, input: AuditInput): Promise<Page<AuditRecord>>;
  /** All of them in order, as of when it began; for administrators. */
  records(who: Caller, input: { readonly after?: string | undefined }, signal: AbortSignal): AsyncIterable<AuditExport>;
  /** Whether every record is there as it was written; for administrators. */
  verify(who: Caller): Promise<AuditVerdict>;
}

/** What only an administrator of the server may do. */
export interface Admin {
  /** Wraps every namespace's data key under a new key while everything goes on; repeating it makes another. */
  rotateKey(who: Caller): Promise<KeyRotation>;
}

export interface KeyRotation {
  /** Data keys that were wrapped anew. */
  readonly rewrapped: number;
  /** Whether a new key was made; false where the environment gives the key, which is then the one taken. */
  readonly made: boolean;
}

/** What may be taken together, and what is. */
export interface QuotaView {
  readonly of: 'owner' | 'namespace';
  readonly name: string;
  /** What is absent has no limit. */
  readonly quota: Quota;
  readonly usage: Usage;
}

export interface Quotas {
  /** That of the owner, the caller if absent, then those of its namespaces that have one. */
  list(who: Caller, input: { readonly owner?: string | undefined }): Promise<readonly QuotaView[]>;
  /** For administrators of the server. Without `quota` the owner has what every owner has. */
  set(who: Caller, input: { readonly owner: string; readonly quota?: Quota | undefined }): Promise<QuotaView>;
}
