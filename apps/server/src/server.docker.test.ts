import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collect, newId } from '@neb/core-types';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { busyboxImage, containersOf } from '../test/busybox.ts';
import { type DataFolder, dataFolder } from '../test/data-folder.ts';
import { type RunningServer, startServer } from './compose.ts';

let folder: DataFolder;
let box: Awaited<ReturnType<typeof busyboxImage>>;
let server: RunningServer;
let neb: Neb;

async function start(port = 0): Promise<void> {
  server = await startServer(folder.config({ NEB_PLATFORMS: 'docker', NEB_PORT: String(port), NEB_SUBNET_POOL: '10.223.0.0/20:27' }));
  neb = createNeb({ url: server.url, token: (await readFile(join(folder.path, 'token'), 'utf8')).trim(), namespace: 'servertest' });
}

beforeAll(async () => {
  [folder, box] = await Promise.all([dataFolder(), busyboxImage(newId())]);
  await start();
}, 120_000);
afterAll(async () => {
  await neb.namespaces.delete({ name: 'servertest' }).catch(() => undefined);
  for await (const change of neb.namespaces.watch({}, { signal: AbortSignal.timeout(60_000) })) if (change.do === 'gone') break;
  await server.close();
  await box.remove();
  await folder.remove();
}, 120_000);

const container = (name: string, command: string, more: object = {}) => ({ kind: 'Container', metadata: { name, namespace: 'servertest' }, image: box.image, command, ...more });

test('a container runs with its secret, says its piece, and ends with its exit code', async () => {
  await neb.apply([
    { kind: 'Secret', metadata: { name: 'word', namespace: 'servertest' }, value: 'xyzzy' },
    container('once', 'echo "the word is $WORD"; exit 7', { env: [{ key: 'WORD', secret_name: 'word' }] }),
  ]);
  const ended = await neb.containers.wait({ name: 'once' }, { for: 'ended', timeoutMs: 60_000 });
  expect(ended.status).toMatchObject({ status: 'failed', exit_code: 7, platform: 'docker' });
  expect((await collect(neb.containers.logs({ name: 'once' }))).map(({ text }) => text)).toEqual(['the word is xyzzy']);
}, 90_000);

test('a command in it answers with its own exit code', async () => {
  await neb.apply([container('shell', 'sleep 1000')]);
  await neb.containers.wait({ name: 'shell' }, { timeoutMs: 60_000 });
  expect((await neb.containers.run({ name: 'shell' }, ['sh', '-c', 'echo hi; exit 7'])).exitCode).toBe(7);
  await neb.containers.delete({ name: 'shell' });
}, 90_000);

test('a follower of its log sees every line once, over a restart of the server', async () => {
  await neb.apply([container('counter', 'for n in $(seq 1 60); do echo $n; sleep 0.1; done')]);
  await neb.containers.wait({ name: 'counter' }, { for: 'running', timeoutMs: 60_000 });
  const seen: string[] = [];
  const following = (async () => {
    for await (const { text } of neb.containers.logs({ name: 'counter' }, { follow: true })) seen.push(text);
  })();
  while (seen.length < 10) await new Promise((go) => setTimeout(go, 20));
  const { port } = server;
  await server.close();
  await start(port);
  await following;
  expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => String(n + 1)));
}, 120_000);

test('an image that does not exist is told within seconds', async () => {
  await neb.apply([container('missing', 'true', { image: 'localhost:1/neb-server-test/nothing:1' })]);
  await expect(neb.containers.wait({ name: 'missing' }, { timeoutMs: 10_000, failOnStalled: true })).rejects.toMatchObject({ message: expect.stringContaining('localhost:1') });
  const { fleet } = await neb.version();
  expect((await containersOf(fleet)).filter((name) => name.includes('missing'))).toEqual([]);
}, 60_000);
