import { type Scope, timestamp } from '@neb/core-types';
import { sql } from 'kysely';
import { type Holder, insertCredential } from './credentials.ts';
import type { Store } from './store.ts';
import { rowsOf } from './trouble.ts';

/** Who logged in, and within which bounds. */
export interface Grant {
  readonly holder: Holder;
  /** Of the key that was shown to log in with. */
  readonly scope?: Scope | undefined;
  /** The key that was shown: the login ends with it. */
  readonly parent?: string | undefined;
  /** No session of this grant lives longer. */
  readonly expiresAt?: string | undefined;
}

export interface Session {
  readonly id: string;
  readonly expiresAt: string;
}

export interface Sessions {
  /** The token is in this answer and nowhere else. */
  start(grant: Grant): Promise<{ readonly session: Session; readonly token: string }>;
  /** Its token is good for nothing from now on. Ending what is over succeeds. */
  end(id: string): Promise<void>;
}

export function sessions({ db, clock, random, administrator, changed }: Store, lifeMs: number): Sessions {
  return {
    async start({ holder, scope, parent, expiresAt: bound }) {
      const now = clock.now();
      const expiresAt = timestamp(Math.min(now + lifeMs, bound === undefined ? Infinity : Date.parse(bound)));
      const createdBy = holder.is === 'administrator' ? (administrator?.id ?? '') : holder.id;
      const { id, token } = await insertCredential(db, { random, administrator }, { kind: 'session', holder, scope, parent, createdBy, createdAt: timestamp(now), expiresAt });
      return { session: { id, expiresAt }, token };
    },
    async end(id) {
      await rowsOf(db, sql`delete from identity_credentials where id = ${id} and kind = 'session'`, 'uncertain');
      changed();
    },
  };
}
