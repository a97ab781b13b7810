import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyImage, engineApi, type OwnEngine, podmanEngine } from '@neb/providers-docker/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { builtCommand, type Command, command, type Ran } from './command.ts';
import { type TestServer, testServer } from './server.ts';
import { importShellImage, shellImage } from './shell-image.ts';

const isWanted = Number(process.env['NEB_TEST_ROUNDS'] ?? 20) >= 5;
const namespace = 'going-on';
/** Says a word that it drew and what it has counted to, both in its memory only, and what it was set. */
const program = 'word=$(cat /proc/sys/kernel/random/uuid); n=0; while true; do n=$((n+1)); echo "$word $n $(cat /tmp/neb/SEED 2>/dev/null)"; sleep 0.1; done';

let server: TestServer;
let built: Awaited<ReturnType<typeof builtCommand>>;
let neb: (...words: readonly string[]) => Promise<Ran>;
let home: string;
let hosts: Readonly<Record<'one' | 'two', OwnEngine>>;

beforeAll(async () => {
  if (!isWanted) return;
  home = mkdtempSync(join(tmpdir(), 'neb-going-on-'));
  const [one, two] = [await podmanEngine({ isHost: true }), await podmanEngine({ isHost: true })];
  hosts = { one, two };
  await importShellImage();
  for (const host of [one, two]) await copyImage(shellImage, engineApi, host.api);
  server = await testServer({ NEB_PLATFORMS: 'podman,docker', NEB_PODMAN: `one=${one.socketPath},two=${two.socketPath}` });
  built = await builtCommand();
  const run: Command = command({ main: built.main, home, env: { NEB_SERVER: server.url, NEB_TOKEN: server.token } });
  neb = (...words) => run([...words, '-n', namespace]);
}, 180_000);
afterAll(async () => {
  if (!isWanted) return;
  await neb('delete', 'containers', '--all', '-y', '--wait');
  await Promise.all([server[Symbol.asyncDispose](), built[Symbol.asyncDispose]()]);
  await Promise.all([hosts.one.stop(), hosts.two.stop()]);
  rmSync(home, { recursive: true });
}, 120_000);

interface Said {
  readonly word: string;
  readonly count: number;
  readonly seed: string;
}

/** The last that a container said, once that is as wanted. */
async function said(name: string, wanted: (last: Said) => boolean = () => true): Promise<Said> {
  let last: Said | undefined;
  await expect.poll(async () => {
    const [word = '', count = '', seed = ''] = ((await neb('logs', name, '--tail', '1')).stdout.trim().split('\n').at(-1) ?? '').split(' ');
    last = { word, count: Number(count), seed };
    return word !== '' && wanted(last);
  }, { timeout: 60_000, interval: 200 }).toBe(true);
  return last!;
}

async function start(name: string, platform: string): Promise<Said> {
  const { code, stderr } = await neb('create', 'container', name, '--image', shellImage, '--cmd', program, '--platform', platform, '--wait');
  expect([code, stderr]).toEqual([0, expect.anything()]);
  return await said(name, ({ count }) => count > 1);
}

const countAt = async ({ api }: OwnEngine): Promise<number> => (await api.json(z.array(z.unknown()), { method: 'GET', path: '/containers/json', query: { all: true } })).length;
const statusOf = async (name: string) => (await server.neb.containers.get({ namespace, name })).status;

test.skipIf(!isWanted).each(['podman', 'docker'])('neb fork --set gives each fork at %s a file of its own, which the process that goes on reads', async (platform) => {
  const name = `agent-${platform}`;
  const before = await start(name, platform);
  const { code, stdout, stderr } = await neb('fork', name, '--name', `${name}-fork`, '-c', '2', '--platform', platform, '--set', 'SEED=seed-{n}');
  expect([code, stdout, stderr]).toEqual([0, [1, 2].map((n) => `container/${name}-fork-${n} goes on from container/${name} on ${platform}\n`).join(''), expect.anything()]);
  for (const n of [1, 2]) {
    const fork = await said(`${name}-fork-${n}`, ({ seed }) => seed !== '');
    expect(fork).toEqual({ word: before.word, count: expect.any(Number), seed: `seed-${n}` });
    expect(fork.count).toBeGreaterThan(before.count);
  }
  const origin = await said(name);
  expect(await said(name, ({ count }) => count > origin.count)).toMatchObject({ word: before.word, seed: '' });
  // It goes once all of them run.
  await expect.poll(async () => (await neb('get', 'snapshots', '-o', 'json')).stdout, { timeout: 30_000 }).not.toContain(name);
}, 240_000);

test.skipIf(!isWanted)('neb migrate moves a container between two engines and back, with what it holds, and leaves nothing where it was', async () => {
  await neb('delete', 'containers', '--all', '-y', '--wait');
  let before = await start('mover', 'podman');
  expect((await statusOf('mover')).attempt?.region).toBe('one');
  for (const [to, from] of [['two', 'one'], ['one', 'two']] as const) {
    const { code, stderr } = await neb('migrate', 'mover', '--platform', 'podman', '--region', to);
    expect([code, stderr]).toEqual([0, expect.anything()]);
    expect((await statusOf('mover')).attempt?.region).toBe(to);
    const after = await said('mover', ({ count }) => count > before.count);
    expect(after.word).toBe(before.word);
    await expect.poll(async () => [await countAt(hosts[from]), await countAt(hosts[to])], { timeout: 30_000 }).toEqual([0, 1]);
    before = after;
  }
  await expect.poll(async () => (await neb('get', 'snapshots', '-o', 'json')).stdout, { timeout: 30_000 }).not.toContain('mover');
}, 240_000);

test.skipIf(!isWanted)('neb migrate to another kind of engine is refused in words, and nothing stops', async () => {
  const before = await start('stays', 'podman');
  const { attempts, started_at: startedAt } = await statusOf('stays');
  const { code, stderr } = await neb('migrate', 'stays', '--platform', 'docker');
  expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/saved by podman .*docker cannot read that/)]);
  expect(stderr).not.toContain('saving');
  expect(await said('stays', ({ count }) => count > before.count)).toMatchObject({ word: before.word });
  expect(await statusOf('stays')).toMatchObject({ status: 'running', platform: 'podman', attempts, started_at: startedAt });
}, 120_000);
