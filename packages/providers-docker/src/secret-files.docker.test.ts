import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collect, type SecretFile } from '@neb/core-types';
import { afterAll, expect, it } from 'vitest';
import { engineApi, firstOffer, until } from '../test/real-engine.ts';
import { world } from '../test/world.ts';
import { path } from './connection/client.ts';
import { docker } from './docker.ts';
import { containerName } from './names.ts';
import { z } from 'zod';

const own = await mkdtemp('/dev/shm/neb-test-');
const secretsFolder = join(own, 'secrets');
afterAll(() => rm(own, { recursive: true, force: true }));
const w = world('secret-files', { secretsFolder });

const value = 'canary-file-5d81e0';
const files: readonly SecretFile[] = [{ path: '/run/secrets/token', content: value }, { path: '/etc/deep/er/cert', content: 'PEM\n', mode: 0o444 }];
const folders = async (): Promise<readonly string[]> => {
  const engines = await readdir(secretsFolder).catch(() => []);
  return (await Promise.all(engines.map((one) => readdir(join(secretsFolder, one))))).flat();
};

it('a secret is a file of its user alone, which cannot be written, and is in nothing that the engine tells', async () => {
  const { ref } = await w.run('one', 'cat /run/secrets/token; echo; cat /etc/deep/er/cert; echo x > /run/secrets/token || echo no; exec sleep 100', { secretFiles: files });
  await until(async () => (await collect(w.provider.logs!(ref, {}))).map(({ text }) => text), (lines) => lines.includes('no'));
  expect((await collect(w.provider.logs!(ref, {}))).filter(({ stream }) => stream === 'stdout').map(({ text }) => text)).toEqual([value, 'PEM', 'no']);

  const [engine] = await readdir(secretsFolder);
  const folder = join(secretsFolder, engine!, containerName(w.fleet, 'one'));
  expect([(await stat(secretsFolder)).mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o700, 0o700]);
  expect(await stat(join(folder, '0'))).toMatchObject({ uid: 0, gid: 0 });
  expect((await stat(join(folder, '0'))).mode & 0o777).toBe(process.getuid!() === 0 ? 0o400 : 0o444);
  expect((await stat(join(folder, '1'))).mode & 0o777).toBe(0o444);

  const told = JSON.stringify(await engineApi.json(z.unknown(), { method: 'GET', path: path`/containers/${containerName(w.fleet, 'one')}/json` }));
  expect(told).toContain('/run/secrets/token');
  expect(told).not.toContain(value);

  await w.provider.delete(ref, { graceMs: 0 });
  await until(() => w.provider.inspect(ref), (seen) => seen === undefined);
  await until(folders, (names) => names.length === 0);
});

it('what a crash left is swept once it is old, and what has a container or is young stays', async () => {
  const { ref } = await w.run('kept', 'sleep 100', { secretFiles: files });
  const [engine] = await readdir(secretsFolder);
  const old = new Date(Date.now() - 3_600_000);
  for (const name of ['neb.crashed.old', 'neb.crashed.young']) {
    await mkdir(join(secretsFolder, engine!, name));
    await writeFile(join(secretsFolder, engine!, name, '0'), 'x');
  }
  for (const name of ['neb.crashed.old', containerName(w.fleet, 'kept')]) await utimes(join(secretsFolder, engine!, name), old, old);
  await collect(w.another().list({ fleet: w.fleet }));
  expect([...await until(folders, (names) => !names.includes('neb.crashed.old'))].sort()).toEqual(['neb.crashed.young', containerName(w.fleet, 'kept')].sort());
  await w.provider.delete(ref, { graceMs: 0 });
});

it('a container whose create never came is taken away with its files', async () => {
  const { ref } = await w.run('never', 'true', { secretFiles: files, image: 'localhost:1/nothing:1' });
  await w.provider.delete(ref);
  await until(folders, (names) => !names.includes(containerName(w.fleet, 'never')));
});

it('an engine elsewhere refuses before anything is made', async () => {
  await using remote = docker({ host: 'tcp://127.0.0.1:1' });
  expect(remote.traits.secretFiles).toBe(false);
  const offer = await firstOffer(w.provider);
  const create = remote.create({ key: 'far', fleet: w.fleet, offer, spec: w.spec('true', { secretFiles: files }) });
  await expect(create).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('does not share this machine\'s memory') });
});

it('a folder that somebody else can use is refused', async () => {
  const open = join(own, 'open');
  await mkdir(open, { mode: 0o755 });
  const { failure } = await (async () => {
    const other = w.another({ secretsFolder: open });
    const { ref } = await other.create({ key: 'open', fleet: w.fleet, offer: await firstOffer(other), spec: w.spec('true', { secretFiles: files }) });
    return (await until(() => other.inspect(ref), (seen) => seen?.state === 'failed'))!;
  })();
  expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('open to others') });
});
