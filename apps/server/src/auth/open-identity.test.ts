import { PGlite } from '@electric-sql/pglite';
import { systemRandom } from '@neb/core-types';
import { fakeClock } from '@neb/core-types/testing';
import { migrateIdentity } from '@neb/identity';
import { type Notices, signals } from '@neb/scheduler/kysely';
import { Kysely, PGliteDialect } from 'kysely';
import { expect, test, vi } from 'vitest';
import { secretText } from '../secrets/secret-text.ts';
import { openIdentity } from './open-identity.ts';

test('what one server revokes the other forgets, and another token ends what came of the last', async () => {
  const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: await PGlite.create() }) });
  await migrateIdentity(db);
  const ears = new Set<(text: string) => void>();
  const notices: Notices = {
    async listen(heard) {
      ears.add(heard);
      return { [Symbol.asyncDispose]: async () => void ears.delete(heard) };
    },
    send: async (text) => ears.forEach((hear) => hear(text)),
  };
  // Time stands still: nothing is forgotten but what was told.
  const clock = fakeClock();
  const server = async (id: string, token: string) => {
    const heard = await signals({ id, notices });
    return await openIdentity({ database: { db, signals: heard }, clock, random: systemRandom, token: secretText(token), owner: 'local', admins: [], sessionMs: 60_000 });
  };
  const [one, two] = [await server('one', 'a token of this test'), await server('two', 'a token of this test')];
  const { key, token } = await one.keys.create({ name: 'k', holder: { is: 'administrator' }, createdBy: 'local' });
  expect(await two.authenticate(token)).toMatchObject({ id: 'local', admin: true });
  const later = await server('later', 'another token of this test');
  expect(await later.authenticate(token)).toBeUndefined();
  await one.keys.revoke(key.id);
  expect(await one.authenticate(token)).toBeUndefined();
  await vi.waitFor(async () => expect(await two.authenticate(token)).toBeUndefined(), { timeout: 1_000, interval: 10 });
  for (const each of [one, two, later]) await each[Symbol.asyncDispose]();
  await db.destroy();
});
