import { type Caller, type Clock, type Random, systemClock, systemRandom, timestamp } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { authenticator } from './authenticate.ts';
import { type Credential, findCredential } from './credentials.ts';
import { type Devices, devices } from './login/devices.ts';
import { type Logins, logins } from './login/logins.ts';
import { type Keys, keys } from './keys.ts';
import { type Members, members } from './members.ts';
import { type Organisations, organisations } from './organisations.ts';
import { type ServiceAccounts, serviceAccounts } from './service-accounts.ts';
import { type Grant, type Sessions, sessions } from './sessions.ts';
import type { Administrator, Store } from './store.ts';
import { parseToken } from './tokens.ts';
import { rowsOf } from './trouble.ts';
import { type Users, users } from './users.ts';

export interface IdentityOptions {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Who runs the server without being a user; nobody by default. */
  readonly administrator?: Administrator | undefined;
  /** Ids of users who run the server too; none by default. */
  readonly admins?: readonly string[] | undefined;
  /** How long a login lives; 12 hours by default. */
  readonly sessionMs?: number | undefined;
  /** How long a looked up token is taken as read, where nothing says that it changed; 1,000 by default. */
  readonly cacheMs?: number | undefined;
  /** Most tokens that are remembered, known and unknown ones each; 10,000 by default. */
  readonly cacheSize?: number | undefined;
  /** Called after something changed that other processes on this database may remember: have them call `forget`. */
  readonly onChange?: (() => void) | undefined;
}

/** What belongs to owners. */
export interface Owned {
  readonly organisations: Organisations;
  readonly members: Members;
  readonly serviceAccounts: ServiceAccounts;
  readonly keys: Keys;
}

/** Who there is, and who is asking. Errors are NebErrors. */
export interface Identity extends Owned, AsyncDisposable {
  /**
   * What belongs to these owners, users and organisations: anything else is not there, by row-level security of the
   * database. To make an organisation, its name has to be among them.
   */
  as(owners: readonly string[]): Owned;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly logins: Logins;
  /** What a login may do for which an API key was shown: as much as the key, and as long. `undefined` for anything but a key. */
  grantOf(key: string | undefined): Promise<Grant | undefined>;
  /** What a key or a session is bound to: `Caller.credential` names one. */
  credential(id: string): Promise<Credential | undefined>;
  /**
   * Who sent this bearer token; `undefined` where it names nobody, whatever it is. Throws only where the database does not
   * answer. What this process revoked or changed counts from the next call on; what another did, once `forget` was called,
   * and after `cacheMs` in any case.
   */
  authenticate(bearer: string | undefined): Promise<Caller | undefined>;
  /**
   * For what outlives its request: aborts as `until` does, and before that when what `caller` came with is revoked, expires
   * or gives less than it did, or its holder may not come in any more; the reason is then what to tell it. What another
   * process changed is seen once `forget` was called, and within a minute in any case.
   */
  whileGood(caller: Caller, until: AbortSignal): AbortSignal;
  /** Looks everything up anew from now on. */
  forget(): void;
  /** Removes logins that are over. Keys stay until they are revoked. */
  tidy(): Promise<void>;
}

/** Over the tables that `migrateIdentity` makes. Disposing of it waits for what it was still writing, and leaves `db` open. */
export function identity(db: Kysely<unknown>, options: IdentityOptions = {}): Identity {
  const { clock = systemClock, random = systemRandom, administrator, sessionMs = 12 * 3_600_000, cacheMs = 1_000, cacheSize = 10_000, onChange } = options;
  const admins = (options.admins ?? []).map((id) => id.toLowerCase());
  const known = authenticator({ db, clock, administrator, admins, cacheMs, cacheSize });
  const whole: Store & { readonly db: Kysely<unknown> } = {
    db, clock, random, administrator,
    reserved: administrator ? [administrator.id, administrator.handle] : [],
    changed() {
      known.forget();
      onChange?.();
    },
  };
  const owned = (store: Store): Owned => ({ organisations: organisations(store), members: members(store), serviceAccounts: serviceAccounts(store), keys: keys(store) });
  const started = sessions(whole, sessionMs);
  return {
    ...owned(whole),
    as: (owners) => owned({ ...whole, db: { db, owners } }),
    users: users(whole),
    sessions: started,
    devices: devices(whole, started),
    logins: logins(whole),
    credential: (id) => findCredential(db, id),
    async grantOf(shown) {
      const token = parseToken(shown);
      const caller = token?.kind === 'key' ? await known.authenticate(shown) : undefined;
      const facts = caller && token && (await findCredential(db, token.id));
      return facts && { holder: facts.holder, scope: caller.scope, parent: token.id, expiresAt: facts.expiresAt };
    },
    authenticate: (bearer) => known.authenticate(bearer),
    whileGood: (caller, until) => known.whileGood(caller, until),
    forget: () => known.forget(),
    async tidy() {
      const now = timestamp(clock.now());
      await rowsOf(db, sql`delete from identity_credentials where kind = 'session' and expires_at <= ${now}`);
      await rowsOf(db, sql`delete from identity_devices where expires_at <= ${now}`);
      await rowsOf(db, sql`delete from identity_logins where expires_at <= ${now}`);
    },
    [Symbol.asyncDispose]: () => known[Symbol.asyncDispose](),
  };
}
