import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fraction, newId, systemClock, systemRandom } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import type { Resource } from '@neb/scheduler';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../database/open.ts';
import { type EncryptionKeys, encryptionKeys } from './encryption-keys.ts';
import { keyring } from './keyring.ts';
import { finishRotation, rotateKey } from './rotation.ts';
import { secretText } from './secret-text.ts';
import { type Vault, vault } from './vault.ts';
import { dataKeyPurpose } from './wrapping.ts';

const tools = { clock: systemClock, random: systemRandom };
const seed = Number(process.env.NEB_TEST_SEED ?? Math.floor(fraction(systemRandom) * 2 ** 32));
const random = seededRandom(seed);
let root: string;
let database: Database;
const file = (): string => join(root, 'encryption.key');

const keysNow = (): Promise<EncryptionKeys> => encryptionKeys({ encryption: { key: undefined, file: file(), previous: [] } }, tools);
const vaultOf = ({ keyring: ring }: EncryptionKeys): Vault => vault({ store: database.store, keyring: ring, ...tools });
const secretIn = (namespace: string): Resource<'Secret'> => {
  const now = new Date().toISOString();
  return { kind: 'Secret', id: newId(systemRandom), namespace, name: 'word', owner: 'me', labels: {}, seq: 0, version: 0, generation: 1, spec: { value_version: '1' }, status: {}, finalizers: [], createdBy: 'me', createdAt: now, updatedAt: now };
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'neb-rotation-'));
  await chmod(root, 0o755);
  database = await openDatabase({ dataDir: root, systemDir: join(root, 'system'), engine: 'postgres', searchPath: process.env.PATH ?? '', warn: () => {} }, tools);
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

test(`a rotation under load that is killed again and again loses no secret, and leaves none under an old key (seed ${seed})`, { timeout: 120_000 }, async () => {
  const before = await keysNow();
  const oldKeys = [...(await before.file!.read())];
  const kept: { readonly secret: Resource<'Secret'>; readonly value: string }[] = [];
  const keep = async (safe: Vault, namespace: string): Promise<void> => {
    const secret = secretIn(namespace);
    const value = `value of ${secret.id}`;
    await database.store.seal(secret.id, await safe.seal(secret, value));
    kept.push({ secret, value });
  };
  const first = vaultOf(before);
  for (let n = 0; n < 150; n++) await keep(first, `space-${n}`);

  const over = new AbortController();
  // One that runs since before the rotation, and reads and writes in old namespaces and in new ones.
  const load = (async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      await keep(first, n % 2 === 0 ? `space-${n % 150}` : `late-${n}`);
      const { secret, value } = kept[Math.floor(fraction(random) * kept.length)]!;
      expect((await first.open(secret)).reveal()).toBe(value);
      await systemClock.sleep(5);
    }
  })();
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../test/rotate-keys.ts'), root, join(root, 'system')], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await systemClock.sleep(fraction(random) * 300);
    child.kill('SIGKILL');
    await once(child, 'exit');
    oldKeys.push(...(await before.file!.read()));
  }
  const restarted = await keysNow();
  await finishRotation({ store: database.store, ...restarted, random: systemRandom });
  over.abort();
  await load;

  const left = (await readFile(file(), 'utf8')).trim().split('\n');
  expect(left).toHaveLength(1);
  const onlyNew = vaultOf(await keysNow());
  for (const { secret, value } of kept) expect((await onlyNew.open(secret)).reveal()).toBe(value);
  const old = oldKeys.filter((key) => key.reveal() !== left[0]).map((key) => keyring([key]));
  expect(old.length).toBeGreaterThan(0);
  for (let after = '', page = await database.store.dataKeys(); page.length > 0; after = page.at(-1)!.namespace, page = await database.store.dataKeys(after)) {
    for (const { namespace, wrapped } of page) expect(old.some((ring) => ring.isCurrent(wrapped, dataKeyPurpose(namespace))), namespace).toBe(false);
  }
});

test('rotations that are asked for at once follow each other', async () => {
  const [one, other] = [await keysNow(), await keysNow()];
  const safe = vaultOf(one);
  const secret = secretIn('together');
  await database.store.seal(secret.id, await safe.seal(secret, 'hunter2'));
  await Promise.all([one, other, one].map((keys) => rotateKey({ store: database.store, ...keys, random: systemRandom })));
  expect((await readFile(file(), 'utf8')).trim().split('\n')).toHaveLength(1);
  expect((await vaultOf(await keysNow()).open(secret)).reveal()).toBe('hunter2');
});

test('a key of the environment is taken, and the one before it is needed no more', async () => {
  const current = (await (await keysNow()).file!.read())[0]!;
  const fresh = secretText('a key of the environment');
  const secret = secretIn('together-too');
  await database.store.seal(secret.id, await vaultOf(await keysNow()).seal(secret, 'hunter3'));
  const rotated = await rotateKey({ store: database.store, keyring: keyring([fresh, current]), random: systemRandom });
  expect(rotated).toMatchObject({ made: false });
  expect(rotated.rewrapped).toBeGreaterThan(0);
  expect((await vault({ store: database.store, keyring: keyring([fresh]), ...tools }).open(secret)).reveal()).toBe('hunter3');
});
