import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, sql } from 'kysely';
import { expect, test } from 'vitest';
import { identity } from './identity.ts';
import { migrateIdentity } from './migrate.ts';

test('what is seen as some owners is theirs, whoever forgot to check', async () => {
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: await PGlite.create() }) });
  await migrateIdentity(db);
  // No policy binds a superuser, which PGlite's only account is.
  for (const statement of ['create role tenant nologin', 'grant select, insert, update, delete on all tables in schema public to tenant', 'set role tenant']) await sql.raw(statement).execute(db);
  await using all = identity(db, { administrator: { id: 'root', handle: 'root', epoch: 'one' } });
  for (const [name, owner] of [['acme', 'ada@example.com'], ['zeta', 'eve@example.com']] as const) {
    await all.users.invite(owner);
    await all.organisations.create({ name, createdBy: 'root', owner });
    await all.serviceAccounts.create({ organisation: name, name: 'robot', role: 'developer', createdBy: 'root' });
  }
  const { key } = await all.keys.create({ name: 'k', holder: { is: 'service_account', id: 'robot@zeta' }, createdBy: 'root' });
  const ada = all.as(['ada@example.com', 'acme']);

  expect((await ada.organisations.list()).map(({ name }) => name)).toEqual(['acme']);
  expect(await ada.organisations.find('zeta')).toBeUndefined();
  expect(await ada.members.list('zeta')).toEqual([]);
  expect(await ada.members.list('acme')).toHaveLength(1);
  expect(await ada.serviceAccounts.find('robot@zeta')).toBeUndefined();
  expect(await ada.keys.find(key.id)).toBeUndefined();
  expect(await ada.keys.list({ owner: 'zeta' })).toEqual([]);
  await ada.keys.revoke(key.id);
  await ada.serviceAccounts.delete('robot@zeta');
  await ada.organisations.delete('zeta');
  await expect(ada.members.add({ organisation: 'zeta', user: 'ada@example.com', role: 'owner' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(ada.members.remove({ organisation: 'zeta', user: 'eve@example.com' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(ada.serviceAccounts.create({ organisation: 'zeta', name: 'mine', role: 'owner', createdBy: 'ada' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(ada.keys.create({ name: 'mine', holder: { is: 'service_account', id: 'robot@zeta' }, createdBy: 'ada' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(ada.keys.create({ name: 'mine', holder: { is: 'user', id: 'eve@example.com' }, createdBy: 'ada' })).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(ada.organisations.create({ name: 'other', createdBy: 'ada', owner: 'ada@example.com' })).rejects.toMatchObject({ code: 'unauthorized' });
  await all.as(['ada@example.com', 'other']).organisations.create({ name: 'other', createdBy: 'ada', owner: 'ada@example.com' });
  expect(await all.as([]).organisations.list()).toEqual([]);

  expect(await all.keys.find(key.id)).toMatchObject({ owner: 'zeta' });
  expect(await all.members.list('zeta')).toMatchObject([{ user: 'eve@example.com', role: 'owner' }]);
  await db.destroy();
});
