import { NebError, timestamp } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { checkEmail, claim, handleOf } from './names.ts';
import type { Store } from './store.ts';
import { rowsOf, transact } from './trouble.ts';

export interface User {
  /** The e-mail address it was first seen with, in small letters. Never changes, and is never given to another. */
  readonly id: string;
  /** Its own namespace. */
  readonly handle: string;
  readonly displayName?: string | undefined;
  /** Runs the server. Nothing that a tenant can call sets this. */
  readonly admin: boolean;
  readonly createdAt: string;
  readonly disabledAt?: string | undefined;
  /** Who it is at the issuer that it signs in with; absent until it has. */
  readonly external?: { readonly issuer: string; readonly subject: string } | undefined;
}

/** A person as an OpenID Connect issuer names it. The e-mail address must be one that the issuer has verified. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  readonly displayName?: string | undefined;
}

export interface Users {
  /** Makes a user before it signs in for the first time; one who is there is answered as it is. Throws `conflict` where the name is taken. */
  invite(email: string): Promise<User>;
  /**
   * The user who signed in. Issuer and subject decide who that is: the address only names a new user, or one who was
   * invited under it and has never signed in. Throws `unauthorized` for one who is disabled, and where the address is another's.
   */
  signIn(external: ExternalIdentity): Promise<User>;
  find(id: string): Promise<User | undefined>;
  /** In the order of their ids, after `after`; 100 by default. */
  list(page?: { readonly after?: string | undefined; readonly limit?: number | undefined }): Promise<readonly User[]>;
  /** Takes effect with the next request. Throws `not_found`. */
  setAdmin(id: string, admin: boolean): Promise<User>;
  /** One who is disabled is known by no key and no session; enabled again, its keys are good as before. Throws `not_found`. */
  setDisabled(id: string, disabled: boolean): Promise<User>;
}

interface Row {
  readonly id: string;
  readonly handle: string;
  readonly display_name: string | null;
  readonly admin: boolean;
  readonly created_at: Date;
  readonly disabled_at: Date | null;
  readonly issuer: string | null;
  readonly subject: string | null;
}

const columns = sql.raw('id, handle, display_name, admin, created_at, disabled_at, issuer, subject');

export function users({ db, clock, random, reserved, changed }: Store): Users {
  const now = (): string => timestamp(clock.now());
  const find = async (id: string, on: Store['db'] = db): Promise<User | undefined> => {
    const [row] = await rowsOf(on, sql<Row>`select ${columns} from identity_users where id = ${id.toLowerCase()}`);
    return row && fromRow(row);
  };

  return {
    find: (id) => find(id),
    invite: (email) => transact(db, (on) => make(on, checkEmail(email))),
    signIn: (external) => transact(db, (on) => signIn(on, { ...external, email: checkEmail(external.email) })),
    async list({ after = '', limit = 100 } = {}) {
      return (await rowsOf(db, sql<Row>`select ${columns} from identity_users where id > ${after} order by id limit ${limit}`)).map(fromRow);
    },
    setAdmin: (id, admin) => change(id, sql`admin = ${admin}`),
    setDisabled: (id, disabled) => change(id, sql`disabled_at = ${disabled ? now() : null}`),
  };

  async function change(id: string, what: ReturnType<typeof sql>): Promise<User> {
    const [row] = await rowsOf(db, sql<Row>`update identity_users set ${what} where id = ${id.toLowerCase()} returning ${columns}`, 'uncertain');
    if (!row) throw new NebError('not_found', `there is no user ${id}`);
    changed();
    return fromRow(row);
  }

  async function signIn(on: Kysely<unknown>, { issuer, subject, email, displayName }: ExternalIdentity): Promise<User> {
    const [known] = await rowsOf(on, sql<Row>`select ${columns} from identity_users where issuer = ${issuer} and subject = ${subject}`);
    if (known) return enabled(fromRow(known));
    const user = enabled(await make(on, email));
    const [bound] = await rowsOf(on, sql<Row>`update identity_users set issuer = ${issuer}, subject = ${subject}, display_name = ${displayName ?? null}
      where id = ${user.id} and issuer is null returning ${columns}`, 'uncertain');
    if (bound) return fromRow(bound);
    throw new NebError('unauthorized', `the address ${email} belongs to another user of this server`, { hint: 'Sign in as you did before; an administrator can tell which accounts there are.' });
  }

  /** The user with this address, made where there is none. */
  async function make(on: Kysely<unknown>, email: string): Promise<User> {
    const there = await find(email, on);
    if (there) return there;
    if (!(await claim(on, email))) {
      const meanwhile = await find(email, on);
      if (meanwhile) return meanwhile;
      throw new NebError('conflict', `the name ${email} is taken`);
    }
    const handle = await freeHandle(on, email);
    const [row] = await rowsOf(on, sql<Row>`insert into identity_users (id, handle, created_at) values (${email}, ${handle}, ${now()}) returning ${columns}`, 'uncertain');
    return fromRow(row!);
  }

  async function freeHandle(on: Kysely<unknown>, email: string): Promise<string> {
    const plain = handleOf(email);
    if (!reserved.includes(plain) && (await claim(on, plain))) return plain;
    const other = `${plain}-${Buffer.from(random(4)).toString('hex')}`;
    if (await claim(on, other)) return other;
    throw new NebError('conflict', `no handle is free for ${email}`, { hint: 'Try again.' });
  }
}

function enabled(user: User): User {
  if (user.disabledAt === undefined) return user;
  throw new NebError('unauthorized', `the user ${user.id} is disabled`, { hint: 'An administrator of this server can enable it again.' });
}

function fromRow({ id, handle, display_name, admin, created_at, disabled_at, issuer, subject }: Row): User {
  return {
    id, handle, admin,
    createdAt: created_at.toISOString(),
    ...(display_name !== null && { displayName: display_name }),
    ...(disabled_at !== null && { disabledAt: disabled_at.toISOString() }),
    ...(issuer !== null && subject !== null && { external: { issuer, subject } }),
  };
}
