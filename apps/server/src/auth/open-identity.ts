import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock, Random } from '@neb/core-types';
import { type Identity, identity } from '@neb/identity';
import type { Database } from '../database/open.ts';
import type { SecretText } from '../secrets/secret-text.ts';
import { handleOf } from './authenticate.ts';

export interface OpenIdentityOptions {
  readonly database: Pick<Database, 'db' | 'signals'>;
  readonly clock: Clock;
  readonly random: Random;
  /** The local administrator's. */
  readonly token: SecretText;
  readonly owner: string;
  /** Users who are administrators too. */
  readonly admins: readonly string[];
  readonly sessionMs: number;
}

/** Between looks for logins that are over. */
const tidyMs = 600_000;

/** Who there is, in the server's database; what changes here is heard by every server on it, and the other way round. */
export async function openIdentity({ database, clock, random, token, owner, admins, sessionMs }: OpenIdentityOptions): Promise<Identity> {
  const { db, signals } = database;
  const people = identity(db, {
    clock, random, admins, sessionMs,
    administrator: { id: owner, handle: handleOf(owner), epoch: await epochOf(token) },
    onChange: () => signals.say(['identity']),
  });
  const stop = new AbortController();
  const working = Promise.all([listen(stop.signal), tidyNowAndThen(stop.signal)]);
  return {
    ...people,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await working;
      await people[Symbol.asyncDispose]();
    },
  };

  async function listen(signal: AbortSignal): Promise<void> {
    const news = signals.on('identity');
    for (let heard = news.beats; !signal.aborted; heard = news.beats) {
      await news.next(heard, signal);
      people.forget();
    }
  }

  async function tidyNowAndThen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(tidyMs, signal);
      // What cannot be done now is done in ten minutes.
      if (!signal.aborted) await people.tidy().catch(() => {});
    }
  }
}

/** Another token is another epoch. Slow to compute, as the database holds it and an operator may choose a token that can be guessed. */
async function epochOf(token: SecretText): Promise<string> {
  return ((await promisify(scrypt)(token.reveal(), 'the epoch of the administrator of neb', 16)) as Buffer).toString('hex');
}
