import { type Caller, type Clock, timestamp } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { known } from './known.ts';
import { type Administrators, type Found, lookUp } from './look-up.ts';
import { standing } from './standing.ts';
import { isSecret, parseToken, sha256 } from './tokens.ts';
import { rowsOf } from './trouble.ts';

export interface AuthenticatorOptions extends Administrators {
  readonly db: Kysely<unknown>;
  readonly clock: Clock;
  readonly cacheMs: number;
  readonly cacheSize: number;
}

export interface Authenticator extends AsyncDisposable {
  authenticate(bearer: string | undefined): Promise<Caller | undefined>;
  /** What was looked up before this call is not used after it, and who stays is looked at anew. */
  forget(): void;
  /** Aborts with `until`, and before that when `caller` may not stay. */
  whileGood(caller: Caller, until: AbortSignal): AbortSignal;
}

/** Between notes of when a credential was last used. */
const noteMs = 60_000;
/** Compared with where there is nothing to compare with, so that an unknown id takes as long as a wrong secret. */
const nobodys = sha256('');

/** Knows people and programs by their tokens, those of a moment ago without asking the database. */
export function authenticator({ db, clock, cacheMs, cacheSize, ...administrators }: AuthenticatorOptions): Authenticator {
  const there = known<Found>({ clock, lifeMs: cacheMs, limit: cacheSize });
  // Apart, so that guesses push out none that are real.
  const missing = known<true>({ clock, lifeMs: cacheMs, limit: cacheSize });
  const asking = new Map<string, Promise<Found | undefined>>();
  const noting = new Set<Promise<unknown>>();
  const staying = standing({ clock, lookUp: (ids) => lookUp(db, ids, administrators) });
  let era = 0;

  return {
    async authenticate(bearer) {
      const token = parseToken(bearer);
      if (!token) return undefined;
      const found = await look(token.id);
      const matches = isSecret(token.secret, found?.secretSha256 ?? nobodys);
      if (!found || !matches || found.kind !== token.kind || found.expiresMs <= clock.now()) return undefined;
      if (found.caller) note(token.id, found);
      return found.caller;
    },
    forget() {
      era++;
      there.clear();
      missing.clear();
      asking.clear();
      staying.check();
    },
    whileGood: (caller, until) => staying.watch(caller, until),
    async [Symbol.asyncDispose]() {
      staying.close();
      await Promise.all(noting);
    },
  };

  async function look(id: string): Promise<Found | undefined> {
    const remembered = there.get(id);
    if (remembered || missing.get(id)) return remembered;
    const under = asking.get(id);
    if (under) return await under;
    const since = era;
    const asked = lookUp(db, [id], administrators).then((all) => {
      const found = all.get(id);
      // What was read before a change must not be remembered after it.
      if (since === era && found) there.set(id, found);
      else if (since === era) missing.set(id, true);
      return found;
    });
    asking.set(id, asked);
    try {
      return await asked;
    } finally {
      if (asking.get(id) === asked) asking.delete(id);
    }
  }

  /** Nobody waits for it, and one that is lost is made up for by the next use. */
  function note(id: string, found: Found): void {
    const now = clock.now();
    if (now - found.lastUsedMs < noteMs) return;
    found.lastUsedMs = now;
    const written = rowsOf(db, sql`update identity_credentials set last_used_at = ${timestamp(now)} where id = ${id} and (last_used_at is null or last_used_at <= ${timestamp(now - noteMs)})`)
      .catch(() => {})
      .finally(() => noting.delete(written));
    noting.add(written);
  }
}
