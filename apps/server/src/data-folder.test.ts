import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '@neb/core-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secretFile } from './data-folder.ts';

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'neb-data-')); });
afterAll(() => rm(folder, { recursive: true }));

test('a secret is made once, of 256 bits, for its owner only, in a closed folder', async () => {
  const path = join(folder, 'new/token');
  const first = await secretFile(path, systemRandom);
  expect(Buffer.from(first.reveal(), 'base64url')).toHaveLength(32);
  expect((await secretFile(path, systemRandom)).reveal()).toBe(first.reveal());
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
  expect((await readFile(path, 'utf8')).trim()).toBe(first.reveal());
});

test('servers that start at once agree on one, and leave no draft behind', async () => {
  const path = join(folder, 'race/key');
  const all = await Promise.all(Array.from({ length: 8 }, () => secretFile(path, systemRandom)));
  expect(new Set(all.map((one) => one.reveal())).size).toBe(1);
  expect(await readdir(join(folder, 'race'))).toEqual(['key']);
});

test('an emptied file is an error, not a new secret: what the old one sealed would be lost', async () => {
  const path = join(folder, 'empty');
  await writeFile(path, '\n');
  await expect(secretFile(path, systemRandom)).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining(path) });
});
