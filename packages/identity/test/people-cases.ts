import type { Role } from '@neb/core-types';
import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { ground, someone, someOrganisation } from './ground.ts';

export function peopleCases(db: () => Kysely<unknown>): void {
  describe('users', () => {
    test('are invited once, under their address in small letters', async () => {
      const { who } = ground(db());
      const email = someone();
      const user = await who.users.invite(email.toUpperCase());
      expect(user).toMatchObject({ id: email, handle: email.replaceAll(/[@.]/g, '-'), admin: false });
      expect(await who.users.invite(email)).toEqual(user);
      const both = await Promise.all([who.users.invite('same@example.com'), who.users.invite('same@example.com')]);
      expect(both[0]).toEqual(both[1]);
    });

    test('whose handles would be the same get two', async () => {
      const { who } = ground(db());
      const one = await who.users.invite('a.b@twins.example.com');
      const two = await who.users.invite('a-b@twins.example.com');
      expect(one.handle).toBe('a-b-twins-example-com');
      expect(two.handle).toMatch(/^a-b-twins-example-com-[0-9a-f]{8}$/);
    });

    test.each(['', 'ada', 'ada@localhost', 'bot@acme', 'a b@example.com', `${'a'.repeat(250)}@example.com`])('must be addresses, which %j is not', async (email) => {
      await expect(ground(db()).who.users.invite(email)).rejects.toMatchObject({ code: 'invalid' });
    });

    test('are whom their issuer says, whatever their address becomes', async () => {
      const { who } = ground(db());
      const [email, other] = [someone(), someone()];
      const person = { issuer: 'https://issuer.example', subject: email };
      const user = await who.users.signIn({ ...person, email, displayName: 'Ada' });
      expect(user).toMatchObject({ id: email, displayName: 'Ada', external: person });
      expect(await who.users.signIn({ ...person, email: other })).toEqual(user);
      expect(await who.users.find(other)).toBeUndefined();
    });

    test('are not taken over by another with their address', async () => {
      const { who } = ground(db());
      const email = someone();
      await who.users.signIn({ issuer: 'https://issuer.example', subject: `first ${email}`, email });
      await expect(who.users.signIn({ issuer: 'https://issuer.example', subject: `second ${email}`, email })).rejects.toMatchObject({ code: 'unauthorized' });
      await expect(who.users.signIn({ issuer: 'https://other.example', subject: `first ${email}`, email })).rejects.toMatchObject({ code: 'unauthorized' });
      expect((await who.users.find(email))?.external?.subject).toBe(`first ${email}`);
    });

    test('who were invited are bound to whom they first sign in as', async () => {
      const { who } = ground(db());
      const email = someone();
      const invited = await who.users.invite(email);
      const person = { issuer: 'https://issuer.example', subject: email };
      expect(await who.users.signIn({ ...person, email })).toEqual({ ...invited, external: person });
    });

    test('who are disabled do not sign in', async () => {
      const { who } = ground(db());
      const email = someone();
      const person = { issuer: 'https://issuer.example', subject: email, email };
      await who.users.signIn(person);
      await who.users.setDisabled(email, true);
      await expect(who.users.signIn(person)).rejects.toMatchObject({ code: 'unauthorized' });
      await who.users.setDisabled(email, false);
      expect(await who.users.signIn(person)).toMatchObject({ id: email });
      await expect(who.users.setAdmin('nobody@example.com', true)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('are listed in order, page by page', async () => {
      const { who } = ground(db());
      for (const name of ['zza', 'zzb', 'zzc']) await who.users.invite(`${name}@pages.example.com`);
      const page = await who.users.list({ after: 'zza@pages.example.com', limit: 2 });
      expect(page.map(({ id }) => id)).toEqual(['zzb@pages.example.com', 'zzc@pages.example.com']);
    });
  });

  describe('organisations', () => {
    test('have a name that no user has, nor any organisation before', async () => {
      const { who } = ground(db());
      const name = someOrganisation();
      const { handle } = await who.users.invite(someone());
      expect(await who.organisations.create({ name, createdBy: 'root' })).toMatchObject({ name, createdBy: 'root' });
      for (const taken of [name, handle, 'root', 'root-space']) await expect(who.organisations.create({ name: taken, createdBy: 'root' }), taken).rejects.toMatchObject({ code: 'conflict' });
      await who.organisations.delete(name);
      await who.organisations.delete(name);
      expect(await who.organisations.find(name)).toBeUndefined();
      await expect(who.organisations.create({ name, createdBy: 'root' })).rejects.toMatchObject({ code: 'conflict' });
    });

    test.each(['', 'a.b', 'Acme', 'a@b.example', '-a', 'a'.repeat(64)])('are not named %j', async (name) => {
      await expect(ground(db()).who.organisations.create({ name, createdBy: 'root' })).rejects.toMatchObject({ code: 'invalid' });
    });

    test('whose owner there is not are not made', async () => {
      const { who } = ground(db());
      const name = someOrganisation();
      await expect(who.organisations.create({ name, createdBy: 'root', owner: 'nobody@example.com' })).rejects.toMatchObject({ code: 'not_found' });
      expect(await who.organisations.create({ name, createdBy: 'root' })).toMatchObject({ name });
    });

    test('are listed by member', async () => {
      const { who } = ground(db());
      const [name, email] = [someOrganisation(), someone()];
      await who.users.invite(email);
      await who.organisations.create({ name, createdBy: email, owner: email });
      await who.organisations.create({ name: someOrganisation(), createdBy: 'root' });
      expect((await who.organisations.list({ member: email })).map((one) => one.name)).toEqual([name]);
      expect((await who.organisations.list()).length).toBeGreaterThan(1);
    });
  });

  describe('members', () => {
    const founded = async () => {
      const { who } = ground(db());
      const [organisation, ada, bob] = [someOrganisation(), someone(), someone()];
      await who.users.invite(ada);
      await who.users.invite(bob);
      await who.organisations.create({ name: organisation, createdBy: ada, owner: ada });
      return { who, organisation, ada, bob };
    };

    test('are added, changed, listed and removed', async () => {
      const { who, organisation, ada, bob } = await founded();
      const added = await who.members.add({ organisation, user: bob, role: 'viewer' });
      expect(await who.members.add({ organisation, user: bob, role: 'viewer' })).toEqual(added);
      await expect(who.members.add({ organisation, user: bob, role: 'admin' })).rejects.toMatchObject({ code: 'conflict' });
      expect(await who.members.setRole({ organisation, user: bob, role: 'admin' })).toMatchObject({ user: bob, role: 'admin' });
      expect((await who.members.list(organisation)).map(({ user, role }) => [user, role]).sort()).toEqual([[ada, 'owner'], [bob, 'admin']].sort());
      await who.members.remove({ organisation, user: bob });
      await who.members.remove({ organisation, user: bob });
      expect(await who.members.find(organisation, bob)).toBeUndefined();
      await expect(who.members.setRole({ organisation, user: bob, role: 'admin' })).rejects.toMatchObject({ code: 'not_found' });
    });

    test('need an organisation, a user and a role', async () => {
      const { who, organisation, bob } = await founded();
      await expect(who.members.add({ organisation: 'nowhere', user: bob, role: 'admin' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(who.members.add({ organisation, user: 'nobody@example.com', role: 'admin' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(who.members.add({ organisation, user: bob, role: 'king' as Role })).rejects.toMatchObject({ code: 'invalid' });
    });

    test('keep their last owner', async () => {
      const { who, organisation, ada } = await founded();
      await expect(who.members.remove({ organisation, user: ada })).rejects.toMatchObject({ code: 'conflict' });
      await expect(who.members.setRole({ organisation, user: ada, role: 'admin' })).rejects.toMatchObject({ code: 'conflict' });
      expect(await who.members.setRole({ organisation, user: ada, role: 'owner' })).toMatchObject({ role: 'owner' });
    });

    test('keep it also where two owners remove each other at once', async () => {
      const { who, organisation, ada, bob } = await founded();
      await who.members.add({ organisation, user: bob, role: 'owner' });
      const outcomes = await Promise.allSettled([ada, bob].map((user) => who.members.remove({ organisation, user })));
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await who.members.list(organisation)).toHaveLength(1);
    });
  });

  describe('service accounts', () => {
    test('belong to one organisation', async () => {
      const { who } = ground(db());
      const organisation = someOrganisation();
      await who.organisations.create({ name: organisation, createdBy: 'root' });
      const account = await who.serviceAccounts.create({ organisation, name: 'ci', role: 'developer', createdBy: 'root' });
      expect(account).toMatchObject({ id: `ci@${organisation}`, organisation, role: 'developer' });
      await expect(who.serviceAccounts.create({ organisation, name: 'ci', role: 'viewer', createdBy: 'root' })).rejects.toMatchObject({ code: 'conflict' });
      await expect(who.serviceAccounts.create({ organisation: 'nowhere', name: 'ci', role: 'viewer', createdBy: 'root' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(who.serviceAccounts.create({ organisation, name: 'a@b', role: 'viewer', createdBy: 'root' })).rejects.toMatchObject({ code: 'invalid' });
      expect(await who.serviceAccounts.list(organisation)).toEqual([account]);
      await who.serviceAccounts.delete(account.id);
      await who.serviceAccounts.delete(account.id);
      expect(await who.serviceAccounts.find(account.id)).toBeUndefined();
    });
  });
}
