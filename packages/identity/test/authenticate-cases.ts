import { systemClock } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { identity } from '../src/index.ts';
import { administrator, ground, someone, someOrganisation } from './ground.ts';

export function authenticateCases(db: () => Kysely<unknown>): void {
  describe('authenticate', () => {
    const known = async (options = {}) => {
      const { who, clock } = ground(db(), options);
      const { id, handle } = await who.users.invite(someone());
      const { key, token } = await who.keys.create({ name: 'laptop', holder: { is: 'user', id }, createdBy: id });
      return { who, clock, id, handle, key, token };
    };

    test('names a user with every role it has', async () => {
      const { who, id, handle, key, token } = await known();
      const organisation = someOrganisation();
      expect(await who.authenticate(token)).toEqual({ id, handle, roles: { [id]: 'owner' }, admin: false, credential: key.id });
      await who.organisations.create({ name: organisation, createdBy: id, owner: id });
      expect(await who.authenticate(token)).toMatchObject({ roles: { [id]: 'owner', [organisation]: 'owner' } });
      await who.organisations.delete(organisation);
      expect(await who.authenticate(token)).toMatchObject({ roles: { [id]: 'owner' } });
      await who.users.setAdmin(id, true);
      expect(await who.authenticate(token)).toMatchObject({ admin: true });
      await who.users.setDisabled(id, true);
      expect(await who.authenticate(token)).toBeUndefined();
    });

    test('names a service account with the one role it has', async () => {
      const { who } = ground(db());
      const organisation = someOrganisation();
      await who.organisations.create({ name: organisation, createdBy: 'root' });
      const { id } = await who.serviceAccounts.create({ organisation, name: 'ci', role: 'developer', createdBy: 'root' });
      const { key, token } = await who.keys.create({ name: 'pipeline', holder: { is: 'service_account', id }, scope: { namespaces: ['web'] }, createdBy: 'root' });
      expect(await who.authenticate(token)).toEqual({ id, handle: organisation, roles: { [organisation]: 'developer' }, admin: false, scope: { namespaces: ['web'] }, credential: key.id });
    });

    test('names the administrator by what came of the token in force, and no more by what came of another', async () => {
      const { who } = ground(db());
      const { token } = await who.sessions.start({ holder: { is: 'administrator' } });
      expect(await who.authenticate(token)).toMatchObject({ id: 'root', handle: 'root-space', roles: { root: 'owner' }, admin: true });
      for (const other of [{ ...administrator, epoch: 'second' }, undefined]) expect(await ground(db(), { administrator: other }).who.authenticate(token)).toBeUndefined();
    });

    test('takes configured users for administrators', async () => {
      const email = someone();
      const { who } = ground(db(), { admins: [email.toUpperCase()] });
      await who.users.invite(email);
      const { token } = await who.sessions.start({ holder: { is: 'user', id: email } });
      expect(await who.authenticate(token)).toMatchObject({ id: email, admin: true });
    });

    test('names nobody for anything else, and does not throw', async () => {
      const { who, token, key } = await known();
      const secret = token.split('_')[2]!;
      const wrong = [
        undefined, '', 'x', 'neb__', `neb_${key.id}_`, `neb_${key.id}_${'0'.repeat(64)}`, `neb_000000000000_${secret}`, `nebs_${key.id}_${secret}`, `${token} `, ` ${token}`,
        `${token}0`, token.toUpperCase(), token.slice(0, -1), `neb_${key.id}_${secret}\n`, 'é'.repeat(40), '\0', "' or 1=1 --", 'a'.repeat(100_000),
      ];
      for (const text of wrong) expect(await who.authenticate(text), String(text).slice(0, 90)).toBeUndefined();
      expect(await who.authenticate(token)).toBeDefined();
    });

    test('asks the database once for many, and again after a second', async () => {
      const { asked, db: counted } = counting(db());
      const { who, clock, token } = await known();
      const other = identity(counted, { clock });
      await Promise.all(Array.from({ length: 50 }, () => other.authenticate(token)));
      await other.authenticate(token);
      await other[Symbol.asyncDispose]();
      expect(asked()).toBe(1);
      const guess = `neb_000000000000_${'0'.repeat(64)}`;
      await Promise.all([other.authenticate(guess), other.authenticate(guess)]);
      await other.authenticate(guess);
      expect(asked()).toBe(2);
      clock.advance(1_000);
      await other.authenticate(token);
      await other.authenticate(guess);
      expect(asked()).toBe(4);
      await who[Symbol.asyncDispose]();
    });

    test('forgets what another process revoked when it is told, and after a second in any case', async () => {
      const others: (() => void)[] = [];
      const { who, clock, key, token } = await known({ onChange: () => others.forEach((tell) => tell()) });
      const told = identity(db(), { clock });
      const untold = identity(db(), { clock });
      others.push(() => told.forget());
      for (const one of [told, untold]) expect(await one.authenticate(token)).toBeDefined();
      await who.keys.revoke(key.id);
      expect(await who.authenticate(token)).toBeUndefined();
      expect(await told.authenticate(token)).toBeUndefined();
      expect(await untold.authenticate(token)).toBeDefined();
      clock.advance(1_000);
      expect(await untold.authenticate(token)).toBeUndefined();
    });

    test('remembers nothing that it read before a change', async () => {
      const { who, clock, key, token } = await known();
      const gate = Promise.withResolvers<void>();
      const slow = identity(delayed(db(), gate.promise), { clock });
      const early = slow.authenticate(token);
      await systemClock.sleep(20);
      await who.keys.revoke(key.id);
      slow.forget();
      gate.resolve();
      await early;
      expect(await slow.authenticate(token)).toBeUndefined();
    });

    test('notes when a key was used, once a minute', async () => {
      const { who, clock, key, token } = await known();
      const used = async () => {
        await who.authenticate(token);
        await who[Symbol.asyncDispose]();
        return Date.parse((await who.keys.find(key.id))!.lastUsedAt!);
      };
      const first = clock.now();
      expect(await used()).toBe(first);
      clock.advance(59_999);
      expect(await used()).toBe(first);
      clock.advance(1);
      expect(await used()).toBe(first + 60_000);
    });

    test('takes no longer among 100,000 keys than among ten', { timeout: 120_000 }, async () => {
      const { who, id, token } = await known({ cacheMs: 0 });
      const few = await medianMs(() => who.authenticate(token));
      await sql`insert into identity_credentials (id, kind, secret_sha256, name, user_id, created_at, created_by)
        select 'filler' || lpad(n::text, 6, '0'), 'key', repeat('0', 64), 'filler' || n, ${id}, now(), 'root' from generate_series(1, 100000) n`.execute(db());
      await sql`analyze identity_credentials`.execute(db());
      const many = await medianMs(() => who.authenticate(token));
      const { who: remembering } = ground(db());
      await remembering.authenticate(token);
      const cached = await medianMs(() => remembering.authenticate(token));
      await sql`delete from identity_credentials where id like 'filler%'`.execute(db());
      console.log(`a look-up takes ${few.toFixed(3)} ms among few keys, ${many.toFixed(3)} ms among 100,000, ${cached.toFixed(4)} ms from memory`);
      expect(many).toBeLessThan(few * 2 + 0.5);
      expect(cached).toBeLessThan(many);
    });
  });
}

async function medianMs(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 300; n++) {
    const start = process.hrtime.bigint();
    await ask();
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return times.sort((a, b) => a - b)[150]!;
}

/** The same database, with the queries that look a credential up counted. */
function counting(db: Kysely<unknown>): { readonly db: Kysely<unknown>; asked(): number } {
  let count = 0;
  const counted = db.withPlugin({
    transformQuery: ({ node }) => {
      if (JSON.stringify(node).includes('jsonb_object_agg')) count++;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { db: counted, asked: () => count };
}

/** The same database, whose answers arrive when `gate` opens. */
function delayed(db: Kysely<unknown>, gate: Promise<void>): Kysely<unknown> {
  return db.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await gate;
      return result;
    },
  });
}
