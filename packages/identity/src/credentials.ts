import { NebError, type Random, type Scope } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { Administrator } from './store.ts';
import { type CredentialKind, mintToken } from './tokens.ts';
import { rowsOf, type Within } from './trouble.ts';

/** Whom a credential speaks for. */
export type Holder =
  | { readonly is: 'user'; readonly id: string }
  | { readonly is: 'service_account'; readonly id: string }
  | { readonly is: 'administrator' };

export interface NewCredential {
  readonly kind: CredentialKind;
  readonly holder: Holder;
  /** Of keys. */
  readonly name?: string | undefined;
  readonly scope?: Scope | undefined;
  readonly spendCap?: string | undefined;
  /** Goes when this credential goes. */
  readonly parent?: string | undefined;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt?: string | undefined;
}

export interface Chance {
  readonly random: Random;
  readonly administrator: Administrator | undefined;
}

/** Writes a new credential down, and answers with the token that only its holder will have. Throws `conflict` where the holder has a key of this name, and `not_found` without such a holder. */
export async function insertCredential(db: Kysely<unknown> | Within, { random, administrator }: Chance, given: NewCredential): Promise<{ readonly id: string; readonly token: string }> {
  const { kind, holder, name, scope, spendCap, parent, createdBy, createdAt, expiresAt } = given;
  const { id, text, sha256 } = mintToken(kind, random);
  if (holder.is === 'administrator' && !administrator) throw new NebError('unsupported', 'this server has no local administrator');
  const [made] = await rowsOf(db, sql`
    insert into identity_credentials (id, kind, secret_sha256, name, user_id, service_account, administrator, parent, scope, spend_cap, created_at, created_by, expires_at)
    select ${id}, ${kind}, ${sha256}, ${name ?? null}, ${idOf(holder, 'user')}, ${idOf(holder, 'service_account')}, ${holder.is === 'administrator' ? administrator!.epoch : null}::text,
      ${parent ?? null}, ${scope ? JSON.stringify(scope) : null}::jsonb, ${spendCap ?? null}, ${createdAt}::timestamptz, ${createdBy}, ${expiresAt ?? null}::timestamptz
    where ${existing(holder)} and (${parent ?? null}::text is null or exists (select from identity_credentials where id = ${parent ?? null}))
    on conflict do nothing returning id`, 'uncertain');
  if (made) return { id, token: text };
  const [there] = await rowsOf(db, sql`select 1 as one where ${existing(holder)}`);
  if (!there) throw new NebError('not_found', `there is no ${holder.is === 'user' ? 'user' : 'service account'} ${holder.is === 'administrator' ? '' : holder.id}`);
  if (kind === 'session') throw new NebError('unauthenticated', 'the key that this login came of was revoked');
  throw new NebError('conflict', `there is a key named ${name} already`, { hint: 'Revoke it first, or choose another name.', details: { final: true } });
}

function existing(holder: Holder) {
  switch (holder.is) {
    case 'user': return sql`exists (select from identity_users where id = ${holder.id})`;
    case 'service_account': return sql`exists (select from identity_service_accounts where id = ${holder.id})`;
    case 'administrator': return sql`true`;
  }
}

function idOf(holder: Holder, is: 'user' | 'service_account') {
  return sql`${holder.is === is ? holder.id : null}::text`;
}

/** What a credential is bound to, whatever its kind. */
export interface Credential {
  readonly kind: CredentialKind;
  readonly holder: Holder;
  readonly parent?: string | undefined;
  readonly spendCap?: string | undefined;
  readonly expiresAt?: string | undefined;
}

interface Row {
  readonly kind: CredentialKind;
  readonly user_id: string | null;
  readonly service_account: string | null;
  readonly parent: string | null;
  readonly spend_cap: string | null;
  readonly expires_at: Date | null;
}

export async function findCredential(db: Kysely<unknown>, id: string): Promise<Credential | undefined> {
  const [row] = await rowsOf(db, sql<Row>`select kind, user_id, service_account, parent, spend_cap, expires_at from identity_credentials where id = ${id}`);
  return row && {
    kind: row.kind,
    holder: holderOf(row),
    ...(row.parent !== null && { parent: row.parent }),
    ...(row.spend_cap !== null && { spendCap: row.spend_cap }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at.toISOString() }),
  };
}

export function holderOf({ user_id, service_account }: Pick<Row, 'user_id' | 'service_account'>): Holder {
  if (user_id !== null) return { is: 'user', id: user_id };
  return service_account !== null ? { is: 'service_account', id: service_account } : { is: 'administrator' };
}
