import { NebError, type Random, timestamp } from '@neb/core-types';
import { sql } from 'kysely';
import type { Grant, Sessions } from '../sessions.ts';
import type { Store } from '../store.ts';
import { sha256 } from '../tokens.ts';
import { rowsOf, transact } from '../trouble.ts';

/** A device that waits for a person to say who it belongs to: RFC 8628. */
export interface Device {
  /** What the person compares: `BCDF-GHJK`. */
  readonly userCode: string;
  /** What the device calls itself. */
  readonly client: string;
  readonly expiresAt: string;
}

export type Polled =
  | { readonly do: 'token'; readonly token: string; readonly expiresAt: string }
  | { readonly do: 'authorization_pending' | 'slow_down' | 'expired_token' | 'access_denied' };

export interface Devices {
  /** `deviceCode` is in this answer and nowhere else. */
  begin(input: { readonly client: string }): Promise<Device & { readonly deviceCode: string; readonly intervalMs: number; readonly lifeMs: number }>;
  /** One that still waits, however its code is typed. */
  find(userCode: string): Promise<Device | undefined>;
  /** Lets the device in as whom the grant says, or turns it away. False where it does not wait any more: an answer is given once. */
  answer(userCode: string, answer: Grant | 'denied'): Promise<boolean>;
  /** What the device gets for its code; a token once. */
  poll(deviceCode: string): Promise<Polled>;
}

interface Row {
  readonly client: string;
  readonly user_code: string;
  readonly expires_at: Date;
  readonly polled_at: Date | null;
  readonly interval_s: number;
  readonly answer: Grant | 'denied' | null;
}

const lifeMs = 600_000;
const firstIntervalS = 5;
const slowerByS = 5;
/** No vowels, so that no words come out; 20^8 codes. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';

export function devices({ db, clock, random }: Store, sessions: Pick<Sessions, 'start'>): Devices {
  return {
    async begin({ client }) {
      const deviceCode = Buffer.from(random(32)).toString('hex');
      const expiresAt = timestamp(clock.now() + lifeMs);
      for (let left = 5; left > 0; left--) {
        const userCode = newUserCode(random);
        const made = await rowsOf(db, sql`insert into identity_devices (code_sha256, user_code, client, created_at, expires_at, interval_s)
          values (${sha256(deviceCode)}, ${userCode}, ${client.slice(0, 100)}, ${timestamp(clock.now())}, ${expiresAt}, ${firstIntervalS}) on conflict do nothing returning user_code`, 'uncertain');
        if (made.length > 0) return { deviceCode, userCode, client, expiresAt, intervalMs: firstIntervalS * 1_000, lifeMs };
      }
      throw new NebError('unavailable', 'no code is free for a login', { hint: 'Try again.' });
    },
    async find(userCode) {
      const [row] = await rowsOf(db, sql<Row>`select client, user_code, expires_at from identity_devices where user_code = ${asShown(userCode)} and answer is null and expires_at > ${timestamp(clock.now())}`);
      return row && { userCode: row.user_code, client: row.client, expiresAt: row.expires_at.toISOString() };
    },
    async answer(userCode, answer) {
      const given = await rowsOf(db, sql`update identity_devices set answer = ${JSON.stringify(answer)}::jsonb
        where user_code = ${asShown(userCode)} and answer is null and expires_at > ${timestamp(clock.now())} returning user_code`, 'uncertain');
      return given.length > 0;
    },
    async poll(deviceCode) {
      const id = sha256(deviceCode);
      const next = await transact(db, async (on): Promise<Exclude<Polled, { do: 'token' }> | { readonly do: 'start'; readonly grant: Grant }> => {
        const [row] = await rowsOf(on, sql<Row>`select * from identity_devices where code_sha256 = ${id} for update`);
        const now = clock.now();
        if (!row || row.expires_at.getTime() <= now) return { do: 'expired_token' };
        if (row.polled_at && now - row.polled_at.getTime() < row.interval_s * 1_000) {
          await rowsOf(on, sql`update identity_devices set polled_at = ${timestamp(now)}, interval_s = interval_s + ${slowerByS} where code_sha256 = ${id}`, 'uncertain');
          return { do: 'slow_down' };
        }
        if (row.answer === null) {
          await rowsOf(on, sql`update identity_devices set polled_at = ${timestamp(now)} where code_sha256 = ${id}`, 'uncertain');
          return { do: 'authorization_pending' };
        }
        await rowsOf(on, sql`delete from identity_devices where code_sha256 = ${id}`, 'uncertain');
        return row.answer === 'denied' ? { do: 'access_denied' } : { do: 'start', grant: row.answer };
      });
      if (next.do !== 'start') return next;
      const { token, session } = await sessions.start(next.grant);
      return { do: 'token', token, expiresAt: session.expiresAt };
    },
  };
}

function newUserCode(random: Random): string {
  let code = '';
  while (code.length < 8) {
    // Bytes past the last whole round of letters would make some letters likelier.
    for (const byte of random(16)) if (byte < 240 && code.length < 8) code += letters[byte % letters.length];
  }
  return asShown(code);
}

/** However a person types it. */
function asShown(code: string): string {
  const plain = code.toUpperCase().replaceAll(/[^A-Z]/g, '').slice(0, 8);
  return `${plain.slice(0, 4)}-${plain.slice(4)}`;
}
