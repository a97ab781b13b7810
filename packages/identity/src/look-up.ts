import type { Caller, Role, Scope } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { Administrator } from './store.ts';
import type { CredentialKind } from './tokens.ts';
import { rowsOf } from './trouble.ts';

/** A credential with whom it speaks for. */
export interface Found {
  readonly kind: CredentialKind;
  readonly secretSha256: string;
  readonly expiresMs: number;
  /** Absent where its holder may not come in: a user who is disabled, an administrator of before. */
  readonly caller: Caller | undefined;
  lastUsedMs: number;
}

interface Row {
  readonly id: string;
  readonly kind: CredentialKind;
  readonly secret_sha256: string;
  readonly scope: Scope | null;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly administrator: string | null;
  readonly service_account: string | null;
  readonly organisation: string | null;
  readonly role: Role | null;
  readonly user_id: string | null;
  readonly handle: string | null;
  readonly admin: boolean | null;
  readonly disabled_at: Date | null;
  readonly roles: Readonly<Record<string, Role>> | null;
}

export interface Administrators {
  readonly administrator: Administrator | undefined;
  /** Users who run the server because its configuration says so. */
  readonly admins: readonly string[];
}

/** All that a request needs to know of credentials, by their ids, in one query by primary keys. */
export async function lookUp(db: Kysely<unknown>, ids: readonly string[], administrators: Administrators): Promise<ReadonlyMap<string, Found>> {
  const rows = await rowsOf(db, sql<Row>`
    select c.id, c.kind, c.secret_sha256, c.scope, c.expires_at, c.last_used_at, c.administrator, c.service_account, sa.organisation, sa.role,
      u.id as user_id, u.handle, u.admin, u.disabled_at, (select jsonb_object_agg(organisation, m.role) from identity_members m where m.user_id = u.id) as roles
    from identity_credentials c left join identity_service_accounts sa on sa.id = c.service_account left join identity_users u on u.id = c.user_id
    where c.id = any(${ids}::text[])`);
  return new Map(rows.map((row) => [row.id, {
    kind: row.kind,
    secretSha256: row.secret_sha256,
    expiresMs: row.expires_at?.getTime() ?? Infinity,
    caller: callerOf(row, administrators),
    lastUsedMs: row.last_used_at?.getTime() ?? -Infinity,
  }]));
}

function callerOf(row: Row, { administrator, admins }: Administrators): Caller | undefined {
  const narrowed = { credential: row.id, ...(row.scope !== null && { scope: row.scope }) };
  if (row.administrator !== null) {
    if (!administrator || row.administrator !== administrator.epoch) return undefined;
    return { id: administrator.id, handle: administrator.handle, roles: { [administrator.id]: 'owner' }, admin: true, ...narrowed };
  }
  if (row.service_account !== null && row.organisation !== null && row.role !== null) {
    return { id: row.service_account, handle: row.organisation, roles: { [row.organisation]: row.role }, admin: false, ...narrowed };
  }
  if (row.user_id === null || row.handle === null || row.disabled_at !== null) return undefined;
  return { id: row.user_id, handle: row.handle, roles: { ...row.roles, [row.user_id]: 'owner' }, admin: row.admin === true || admins.includes(row.user_id), ...narrowed };
}
