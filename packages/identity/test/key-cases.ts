import { timestamp } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { ground, someone, someOrganisation } from './ground.ts';

export function keyCases(db: () => Kysely<unknown>): void {
  describe('keys', () => {
    const held = async () => {
      const { who, clock } = ground(db());
      const { id } = await who.users.invite(someone());
      return { who, clock, id, holder: { is: 'user', id } as const };
    };

    test('show their secret once, and it is written down nowhere', async () => {
      const { who, id, holder } = await held();
      const scope = { namespaces: ['training'], verbs: ['read'] };
      const { key, token } = await who.keys.create({ name: 'laptop', holder, scope, spendCap: '12.50', createdBy: id });
      expect(token).toMatch(/^neb_[a-z0-9]{12}_[0-9a-f]{64}$/);
      expect(key).toMatchObject({ name: 'laptop', owner: id, holder, scope, spendCap: '12.5', createdBy: id });
      expect(await who.keys.list({ owner: id })).toEqual([key]);
      const secret = token.split('_')[2]!;
      const { rows } = await sql<{ all: string }>`select row_to_json(c)::text as all from identity_credentials c`.execute(db());
      expect(rows.map(({ all }) => all).join()).toContain(key.id);
      expect(rows.map(({ all }) => all).join()).not.toContain(secret);
    });

    test('have a name of their own among those of their holder', async () => {
      const { who, id, holder } = await held();
      await who.keys.create({ name: 'laptop', holder, createdBy: id });
      await expect(who.keys.create({ name: 'laptop', holder, createdBy: id })).rejects.toMatchObject({ code: 'conflict' });
      const other = await who.users.invite(someone());
      await who.keys.create({ name: 'laptop', holder: { is: 'user', id: other.id }, createdBy: id });
    });

    test.each<object>([
      { name: '' }, { name: 'a b' }, { spendCap: 'much' }, { expiresAt: 'tomorrow' }, { expiresAt: '2020-01-01T00:00:00Z' }, { scope: { verb: ['get'] } },
    ])('are not made of %j', async (wrong) => {
      const { who, id, holder } = await held();
      await expect(who.keys.create({ name: 'good', holder, createdBy: id, ...wrong })).rejects.toMatchObject({ code: 'invalid' });
      expect(await who.keys.list({ owner: id })).toEqual([]);
    });

    test('need a holder', async () => {
      const { who } = ground(db());
      await expect(who.keys.create({ name: 'x', holder: { is: 'user', id: 'nobody@example.com' }, createdBy: 'root' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(who.keys.create({ name: 'x', holder: { is: 'service_account', id: 'no@one' }, createdBy: 'root' })).rejects.toMatchObject({ code: 'not_found' });
    });

    test('of service accounts are their organisation\'s, and go with them', async () => {
      const { who } = ground(db());
      const organisation = someOrganisation();
      await who.organisations.create({ name: organisation, createdBy: 'root' });
      const { id } = await who.serviceAccounts.create({ organisation, name: 'ci', role: 'developer', createdBy: 'root' });
      const { token } = await who.keys.create({ name: 'pipeline', holder: { is: 'service_account', id }, createdBy: 'root' });
      expect(await who.keys.list({ owner: organisation })).toMatchObject([{ name: 'pipeline', owner: organisation }]);
      expect(await who.authenticate(token)).toBeDefined();
      await who.serviceAccounts.delete(id);
      expect(await who.authenticate(token)).toBeUndefined();
      expect(await who.keys.list({ owner: organisation })).toEqual([]);
    });

    test('are used no more once they are revoked, nor is what came of them', async () => {
      const { who, id, holder } = await held();
      const { key, token } = await who.keys.create({ name: 'laptop', holder, createdBy: id });
      const child = await who.keys.create({ name: 'child', holder, createdBy: id, parent: key.id });
      const login = await who.sessions.start({ holder, parent: key.id });
      for (const one of [token, child.token, login.token]) expect(await who.authenticate(one)).toMatchObject({ id });
      await who.keys.revoke(key.id);
      await who.keys.revoke(key.id);
      for (const one of [token, child.token, login.token]) expect(await who.authenticate(one)).toBeUndefined();
      await expect(who.sessions.start({ holder, parent: key.id })).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    test('end at their time', async () => {
      const { who, clock, id, holder } = await held();
      const { token } = await who.keys.create({ name: 'short', holder, createdBy: id, expiresAt: timestamp(clock.now() + 500) });
      expect(await who.authenticate(token)).toBeDefined();
      clock.advance(499);
      expect(await who.authenticate(token)).toBeDefined();
      clock.advance(1);
      expect(await who.authenticate(token)).toBeUndefined();
    });
  });

  describe('sessions', () => {
    test('live twelve hours, or until they are ended, and not longer than what they came of', async () => {
      const { who, clock } = ground(db());
      const { id } = await who.users.invite(someone());
      const holder = { is: 'user', id } as const;
      const one = await who.sessions.start({ holder });
      const two = await who.sessions.start({ holder });
      const three = await who.sessions.start({ holder, expiresAt: timestamp(clock.now() + 60_000) });
      expect(one.token).toMatch(/^nebs_/);
      expect(three.session.expiresAt).toBe(timestamp(clock.now() + 60_000));
      await who.sessions.end(two.session.id);
      await who.sessions.end(two.session.id);
      expect(await who.authenticate(two.token)).toBeUndefined();
      expect(await who.authenticate(one.token)).toMatchObject({ credential: one.session.id });
      clock.advance(12 * 3_600_000);
      expect(await who.authenticate(one.token)).toBeUndefined();
      await who.tidy();
      const { rows } = await sql`select id from identity_credentials where id in (${one.session.id}, ${three.session.id})`.execute(db());
      expect(rows).toEqual([]);
    });
  });
}
