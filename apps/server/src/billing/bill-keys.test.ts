import { verify } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import { migrateBilling } from '@neb/billing';
import { publicKeysIn } from '@neb/billing/bill';
import { origin, systemClock as clock, systemRandom as random } from '@neb/core-types';
import { memoryQueue, memoryStore } from '@neb/scheduler';
import { Kysely, PGliteDialect, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyring } from '../secrets/keyring.ts';
import { secretText } from '../secrets/secret-text.ts';
import { rotateKey } from '../secrets/rotation.ts';
import { vault } from '../secrets/vault.ts';
import { billKeys } from './bill-keys.ts';

const statement = { owner: 'acme', since: 's', until: 'u', made_at: 'm', after: origin, end: origin };
const text = Buffer.from(JSON.stringify({ bill: 'neb/1', ...statement }));
const queue = () => memoryQueue(clock, random);
const db = new Kysely<unknown>({ dialect: new PGliteDialect({ pglite: async () => await PGlite.create() }) });
beforeAll(() => migrateBilling(db));
afterAll(() => db.destroy());

test('bills are signed with one key at a time, whichever server signs, and every key that ever signed stays known', async () => {
  const store = memoryStore({ clock, random, queues: { Container: queue(), Namespace: queue(), Processor: queue(), Service: queue() } });
  const [before, after] = ['one encryption key', 'another encryption key'].map((key) => secretText(key));
  const server = (ring = keyring([before!])) => billKeys({ db, vault: vault({ store, keyring: ring, clock, random }) });
  const servers = [server(), server(), server()];
  expect(await servers[0]!.list()).toEqual([]);
  const signed = await Promise.all(servers.map((one) => one.sign(statement)));
  const [first] = await servers[0]!.list();
  for (const { key, value } of signed) {
    expect(key).toBe(first!.id);
    expect(verify(null, text, publicKeysIn(first!.public_key)[0]!, Buffer.from(value, 'base64'))).toBe(true);
  }

  const second = await servers[0]!.rotate();
  expect((await servers[1]!.sign(statement)).key).toBe(second.id);
  expect(await servers[2]!.list()).toEqual([second, { ...first, retired_at: expect.any(String) }]);

  // The private half is in the database as secrets are, and goes along when their key changes.
  const { rows } = await sql<{ sealed: Uint8Array }>`select sealed from billing_keys`.execute(db);
  for (const { sealed } of rows) expect(Buffer.from(sealed).toString('latin1')).not.toContain('PRIVATE');
  const both = keyring([after!, before!]);
  expect(await rotateKey({ store, keyring: both, random })).toMatchObject({ rewrapped: 1 });
  expect((await server(keyring([after!])).sign(statement)).key).toBe(second.id);
  await sql`update billing_keys set sealed = decode('00', 'hex') where retired_at is null`.execute(db);
  await expect(server(keyring([after!])).sign(statement)).rejects.toMatchObject({ code: 'internal' });
});
