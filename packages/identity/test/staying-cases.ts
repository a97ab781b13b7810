import type { NebError } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import { identity, type Identity } from '../src/index.ts';
import { ground, someone, someOrganisation } from './ground.ts';

const codeOf = ({ reason }: AbortSignal): string => (reason as NebError).code;
const over = async (good: AbortSignal): Promise<string> => {
  await vi.waitFor(() => expect(good.aborted).toBe(true), { timeout: 5_000, interval: 5 });
  return codeOf(good);
};
/** Long enough for whatever was asked of the database to be answered. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

export function stayingCases(db: () => Kysely<unknown>): void {
  describe('who stays', () => {
    const stay = async (options: Parameters<typeof ground>[1] & { readonly expiresAt?: string } = {}) => {
      const { expiresAt, ...rest } = options;
      const { who, clock } = ground(db(), rest);
      const { id } = await who.users.invite(someone());
      const { key, token } = await who.keys.create({ name: 'laptop', holder: { is: 'user', id }, createdBy: id, expiresAt });
      const left = new AbortController();
      const good = who.whileGood((await who.authenticate(token))!, left.signal);
      return { who, clock, id, key, token, left, good };
    };
    const account = async (who: Identity) => {
      const organisation = someOrganisation();
      await who.organisations.create({ name: organisation, createdBy: 'root' });
      const { id } = await who.serviceAccounts.create({ organisation, name: 'ci', role: 'developer', createdBy: 'root' });
      return { organisation, id };
    };

    test.each<[string, (s: Awaited<ReturnType<typeof stay>>) => Promise<unknown>]>([
      ['its key is revoked', ({ who, key }) => who.keys.revoke(key.id)],
      ['its holder is disabled', ({ who, id }) => who.users.setDisabled(id, true)],
    ])('goes when %s', async (_, end) => {
      const s = await stay();
      await settled();
      expect(s.good.aborted).toBe(false);
      await end(s);
      expect(await over(s.good)).toBe('unauthenticated');
    });

    test('goes when its login is ended, and when the key that the login came of is revoked', async () => {
      const { who, id, key } = await stay();
      const start = async () => await who.sessions.start({ holder: { is: 'user', id }, parent: key.id });
      const [one, two] = [await start(), await start()];
      const [first, second] = await Promise.all([one, two].map(async ({ token }) => who.whileGood((await who.authenticate(token))!, new AbortController().signal)));
      await who.sessions.end(one.session.id);
      expect(await over(first!)).toBe('unauthenticated');
      expect(second!.aborted).toBe(false);
      await who.keys.revoke(key.id);
      expect(await over(second!)).toBe('unauthenticated');
    });

    test('goes when its service account is deleted, or the organisation of it', async () => {
      const { who } = ground(db());
      for (const end of [(a: { id: string }) => who.serviceAccounts.delete(a.id), (a: { organisation: string }) => who.organisations.delete(a.organisation)]) {
        const made = await account(who);
        const { token } = await who.keys.create({ name: 'k', holder: { is: 'service_account', id: made.id }, createdBy: 'root' });
        const good = who.whileGood((await who.authenticate(token))!, new AbortController().signal);
        await end(made);
        expect(await over(good)).toBe('unauthenticated');
      }
    });

    test('goes when its time is up, and no sooner', async () => {
      const { good, clock } = await stay({ expiresAt: '2026-01-01T01:00:00Z' });
      await settled();
      clock.advance(3_599_999);
      await settled();
      expect(good.aborted).toBe(false);
      clock.advance(1);
      expect(await over(good)).toBe('unauthenticated');
    });

    test('is told to come again where it may do less, and stays where it may do more', async () => {
      const { who, id, good } = await stay();
      const organisation = someOrganisation();
      await who.organisations.create({ name: organisation, createdBy: 'root' });
      await who.members.add({ organisation, user: id, role: 'developer' });
      await settled();
      expect(good.aborted).toBe(false);
      const { token } = await who.sessions.start({ holder: { is: 'user', id } });
      const asMember = who.whileGood((await who.authenticate(token))!, new AbortController().signal);
      await who.members.remove({ organisation, user: id });
      expect(await over(asMember)).toBe('unavailable');
      expect(good.aborted).toBe(false);
    });

    test('goes for what another process did when that is told, and within a minute in any case', async () => {
      const { who, clock, key, token } = await stay();
      const [told, untold] = [identity(db(), { clock }), identity(db(), { clock })];
      const [heard, unheard] = await Promise.all([told, untold].map(async (each) => each.whileGood((await each.authenticate(token))!, new AbortController().signal)));
      await settled();
      await who.keys.revoke(key.id);
      told.forget();
      expect(await over(heard!)).toBe('unauthenticated');
      await settled();
      expect(unheard!.aborted).toBe(false);
      clock.advance(60_000);
      expect(await over(unheard!)).toBe('unauthenticated');
    });

    test('stays while the database does not answer, until its time is up', async () => {
      const { clock, token } = await stay({ expiresAt: '2026-01-01T01:00:00Z' });
      let broken = false;
      const other = identity(db().withPlugin({
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          if (broken) throw new Error('no database');
          return result;
        },
      }), { clock });
      const good = other.whileGood((await other.authenticate(token))!, new AbortController().signal);
      await settled();
      broken = true;
      clock.advance(60_000);
      await settled();
      expect(good.aborted).toBe(false);
      clock.advance(3_600_000);
      expect(await over(good)).toBe('unauthenticated');
    });

    test('is not looked for once it has left, and goes as it left', async () => {
      const { who, good, left, clock, key } = await stay();
      left.abort('gone');
      expect(good.reason).toBe('gone');
      const spy = vi.spyOn(clock, 'sleep');
      await who.keys.revoke(key.id);
      clock.advance(120_000);
      await settled();
      expect(spy).not.toHaveBeenCalled();
    });

    test('without a credential is the administrator, who stays', () => {
      const { who } = ground(db());
      const { signal } = new AbortController();
      expect(who.whileGood({ id: 'root', handle: 'root', roles: {}, admin: true }, signal)).toBe(signal);
    });
  });
}
