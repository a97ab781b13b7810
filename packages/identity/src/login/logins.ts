import { timestamp } from '@neb/core-types';
import { sql } from 'kysely';
import type { Store } from '../store.ts';
import { sha256 } from '../tokens.ts';
import { rowsOf } from '../trouble.ts';

/** A person on the way to an issuer and back. */
export interface Login {
  readonly userCode: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Who it turned out to be; absent until the issuer has said. */
  readonly user?: string | undefined;
}

/** Kept in the database, since the person may come back to another server. Each is found by a secret that only the browser has. */
export interface Logins {
  begin(login: Omit<Login, 'user'>): Promise<{ readonly secret: string }>;
  find(secret: string): Promise<Login | undefined>;
  /** Once; false where it is over, or somebody is known already. */
  knownAs(secret: string, user: string): Promise<boolean>;
  /** Takes it away: what it was good for can be done once. */
  finish(secret: string): Promise<Login | undefined>;
}

interface Row {
  readonly user_code: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly user_id: string | null;
}

const lifeMs = 600_000;
const columns = sql.raw('user_code, state, nonce, verifier, user_id');

export function logins({ db, clock, random }: Store): Logins {
  const now = (): string => timestamp(clock.now());
  return {
    async begin({ userCode, state, nonce, verifier }) {
      const secret = Buffer.from(random(32)).toString('hex');
      await rowsOf(db, sql`insert into identity_logins (id_sha256, user_code, state, nonce, verifier, expires_at)
        values (${sha256(secret)}, ${userCode}, ${state}, ${nonce}, ${verifier}, ${timestamp(clock.now() + lifeMs)})`, 'uncertain');
      return { secret };
    },
    async find(secret) {
      const [row] = await rowsOf(db, sql<Row>`select ${columns} from identity_logins where id_sha256 = ${sha256(secret)} and expires_at > ${now()}`);
      return row && fromRow(row);
    },
    async knownAs(secret, user) {
      const done = await rowsOf(db, sql`update identity_logins set user_id = ${user} where id_sha256 = ${sha256(secret)} and user_id is null and expires_at > ${now()} returning user_code`, 'uncertain');
      return done.length > 0;
    },
    async finish(secret) {
      const [row] = await rowsOf(db, sql<Row>`delete from identity_logins where id_sha256 = ${sha256(secret)} and expires_at > ${now()} returning ${columns}`, 'uncertain');
      return row && fromRow(row);
    },
  };
}

function fromRow({ user_code, state, nonce, verifier, user_id }: Row): Login {
  return { userCode: user_code, state, nonce, verifier, ...(user_id !== null && { user: user_id }) };
}
