import { instant, money, NebError, type Scope, timestamp } from '@neb/core-types';
import { sql } from 'kysely';
import { z } from 'zod';
import { type Holder, holderOf, insertCredential } from './credentials.ts';
import { checked } from './names.ts';
import type { Store } from './store.ts';
import { rowsOf } from './trouble.ts';

/** An API key as it is listed: everything but its secret. */
export interface Key {
  readonly id: string;
  readonly name: string;
  readonly holder: Holder;
  /** Who answers for it: its user, the organisation of its service account, or the local administrator. */
  readonly owner: string;
  readonly scope?: Scope | undefined;
  /** Most that may be spent with it, as a decimal. */
  readonly spendCap?: string | undefined;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt?: string | undefined;
  /** To the minute. */
  readonly lastUsedAt?: string | undefined;
}

export interface NewKey {
  /** Unique among its holder's. */
  readonly name: string;
  readonly holder: Holder;
  readonly scope?: Scope | undefined;
  readonly spendCap?: string | undefined;
  /** Never, if absent. */
  readonly expiresAt?: string | undefined;
  /** Revoking this key revokes the new one. */
  readonly parent?: string | undefined;
  readonly createdBy: string;
}

export interface Keys {
  /** The token is in this answer and nowhere else. Throws `invalid`, `conflict` where the holder has a key of this name, and `not_found` without such a holder. */
  create(input: NewKey): Promise<{ readonly key: Key; readonly token: string }>;
  find(id: string): Promise<Key | undefined>;
  /** Those of a user, of all service accounts of an organisation, or of the local administrator: whoever `owner` names. */
  list(query: { readonly owner: string }): Promise<readonly Key[]>;
  /** It is good for nothing from now on, nor is what was made with it. Revoking what is gone succeeds. */
  revoke(id: string): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly user_id: string | null;
  readonly service_account: string | null;
  readonly organisation: string | null;
  readonly scope: Scope | null;
  readonly spend_cap: string | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

const words = z.array(z.string().min(1).max(128)).max(100).readonly();
const scopeSchema = z.strictObject({ namespaces: words.optional(), verbs: words.optional() }).optional();
const keyName = z.string().regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,62}[a-zA-Z0-9])?$/, { error: 'must be 1 to 64 letters, digits, ".", "_" or "-", with a letter or digit at both ends' });

const from = sql`select c.id, c.name, c.user_id, c.service_account, sa.organisation, c.scope, c.spend_cap, c.created_at, c.created_by, c.expires_at, c.last_used_at
  from identity_credentials c left join identity_service_accounts sa on sa.id = c.service_account`;

export function keys({ db, clock, random, administrator, changed }: Store): Keys {
  const find = async (id: string): Promise<Key | undefined> => {
    const [row] = await rowsOf(db, sql<Row>`${from} where c.id = ${id} and c.kind = 'key'`);
    return row && fromRow(row);
  };

  return {
    find,
    async create({ name, scope, spendCap, expiresAt, ...rest }) {
      const { id, token } = await insertCredential(db, { random, administrator }, {
        ...rest, kind: 'key', createdAt: timestamp(clock.now()),
        name: checked(keyName, name, 'the name of a key'),
        scope: checked(scopeSchema, scope, 'the scope of a key'),
        spendCap: checked(money.optional(), spendCap, 'the spend cap'),
        expiresAt: future(checked(instant.optional(), expiresAt, 'the expiry')),
      });
      const key = await find(id);
      if (!key) throw new NebError('conflict', `the key ${name} was revoked while it was made`);
      return { key, token };
    },
    async list({ owner }) {
      return (await rowsOf(db, sql<Row>`${from} where c.kind = 'key' and (${heldUnder(owner)}) order by c.name, c.id`)).map(fromRow);
    },
    async revoke(id) {
      await rowsOf(db, sql`delete from identity_credentials where id = ${id} and kind = 'key'`, 'uncertain');
      changed();
    },
  };

  /** Users have an @, organisations have none. */
  function heldUnder(owner: string) {
    if (owner === administrator?.id) return sql`c.administrator is not null or c.user_id = ${owner}`;
    return owner.includes('@') ? sql`c.user_id = ${owner}` : sql`c.service_account in (select id from identity_service_accounts where organisation = ${owner})`;
  }

  function future(expiresAt: string | undefined): string | undefined {
    if (expiresAt === undefined || Date.parse(expiresAt) > clock.now()) return expiresAt;
    throw new NebError('invalid', `the expiry ${expiresAt} is past`);
  }

  function fromRow({ id, name, user_id, service_account, organisation, scope, spend_cap, created_at, created_by, expires_at, last_used_at }: Row): Key {
    return {
      id, name,
      holder: holderOf({ user_id, service_account }),
      owner: user_id ?? organisation ?? administrator?.id ?? '',
      ...(scope !== null && { scope }),
      ...(spend_cap !== null && { spendCap: spend_cap }),
      createdAt: created_at.toISOString(), createdBy: created_by,
      ...(expires_at !== null && { expiresAt: expires_at.toISOString() }),
      ...(last_used_at !== null && { lastUsedAt: last_used_at.toISOString() }),
    };
  }
}
