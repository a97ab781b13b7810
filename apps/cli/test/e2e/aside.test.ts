import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@neb/core-types';
import { memoryCloud, type MemoryCloud } from '@neb/core-types/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ran } from './command.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
let home: string;
const here = memoryCloud({ name: 'here', clock: systemClock, startMs: 1 });
const there = memoryCloud({ name: 'there', clock: systemClock, startMs: 1 });
const strange = memoryCloud({ name: 'strange', clock: systemClock, startMs: 1, cpu: 'another' });
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-aside-'));
  server = await testServer({}, { providers: [here.provider, there.provider, strange.provider] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

const neb = (line: string): Promise<Ran> => inProcess([...line.split(' '), '-n', 'lab'], { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8' } });

/** A container that runs here and was told a word; what it holds. */
async function running(name: string): Promise<string> {
  expect(await neb(`create container ${name} --image app --platform here --wait`)).toMatchObject({ code: 0 });
  here.remember(await refOf(name), 'word');
  return await held(here, name);
}

const at = (name: string) => server.neb.containers.get({ namespace: 'lab', name });
const refOf = async (name: string) => (await at(name)).status.attempt!.ref as never;
const held = async (cloud: MemoryCloud, name: string): Promise<string> => cloud.recall(await refOf(name));

test('neb suspend and resume put aside and go on, and say what it costs meanwhile', async () => {
  const memory = await running('web');
  expect(await neb('suspend web')).toMatchObject({ code: 0, stdout: 'container/web is suspended, 10.5 MB; it costs $0/h meanwhile\n' });
  expect((await neb('get containers')).stdout).toMatch(/web +paused/);
  // What is so already is no error.
  expect(await neb('suspend web')).toMatchObject({ code: 0 });
  const { code, stderr } = await neb('migrate web --platform there');
  expect([code, stderr]).toEqual([5, expect.stringContaining('`neb resume` goes on with it')]);
  expect(await neb('resume web')).toMatchObject({ code: 0, stdout: 'container/web goes on\n' });
  expect(await held(here, 'web')).toBe(memory);
});

test('neb migrate moves it with what it holds, and says why where it cannot', async () => {
  const memory = await running('mover');
  const refusals = [['--platform nowhere', 'there is no platform nowhere'], ['--platform strange', 'features'], ['--cheapest', 'has nothing below'], ['', 'migrate to where?']] as const;
  for (const [flags, why] of refusals) {
    const { code, stderr } = await neb(`migrate mover ${flags}`.trim());
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(why)]);
  }
  expect((await at('mover')).status).toMatchObject({ status: 'running', platform: 'here', attempts: 1 });
  expect(await neb('migrate mover --platform there')).toMatchObject({ code: 0, stdout: 'container/mover moved from here to there, at $0/h\n' });
  expect(await held(there, 'mover')).toBe(memory);
  expect((await neb('describe container mover')).stdout).toContain('from here to there in');
});

test('neb fork makes several that go on from one moment', async () => {
  const memory = await running('agent');
  expect((await neb('fork agent --name attempt --env A=b')).stderr).toContain('--set KEY=VALUE writes it to');
  const { code, stdout } = await neb('fork agent --name attempt -c 3 --platform here');
  expect([code, stdout]).toEqual([0, [1, 2, 3].map((n) => `container/attempt-${n} goes on from container/agent on here\n`).join('')]);
  here.remember(await refOf('agent'), 'later');
  for (const n of [1, 2, 3]) expect(await held(here, `attempt-${n}`)).toBe(memory);
  expect(await neb('fork agent --name attempt -c 3')).toMatchObject({ code: 5 });
});

test('a snapshot is taken, listed, carried as a file, and gone on from', async () => {
  const memory = await running('origin');
  expect(await neb('checkpoint origin --name moment --ttl 1h')).toMatchObject({ code: 0, stdout: 'snapshot/moment of container/origin is saved (10.5 MB)\n' });
  expect((await neb('get snapshots')).stdout).toMatch(/lab +moment +origin +ready +memory +10.5 MB +here/);
  expect((await neb('describe snapshot moment')).stdout).toMatch(/Keeps: +memory[\s\S]*Made on[\s\S]*neb snapshot export moment/);
  const file = join(home, 'moment.snapshot');
  expect(await neb(`snapshot export moment --to ${file}`)).toMatchObject({ code: 0 });
  expect(await neb(`snapshot import ${file} --name brought`)).toMatchObject({ code: 0, stdout: 'snapshot/brought is imported\n' });
  expect((await neb('get snapshot brought')).stdout).toMatch(/brought +origin +ready +memory +10.5 MB +a file/);
  expect(await neb('create container again --image app --platform there --snapshot brought --wait')).toMatchObject({ code: 0 });
  expect(await held(there, 'again')).toBe(memory);

  // Half of it, something else, and a file that was damaged on the server's disk.
  writeFileSync(`${file}.half`, readFileSync(file).subarray(0, -5));
  expect((await neb(`snapshot import ${file}.half --name half`)).stderr).toContain('not whole');
  writeFileSync(`${file}.other`, 'hello\n');
  expect((await neb(`snapshot import ${file}.other --name other`)).stderr).toContain('no snapshot of neb');
  const { digest } = (await server.neb.snapshots.get({ namespace: 'lab', name: 'brought' })).status.archive!;
  const blob = join(server.dataDir, 'blobs', digest.slice('sha256:'.length));
  writeFileSync(blob, 'neb memory archive\nend\n');
  expect((await neb(`snapshot export brought --to ${file}.2`)).code).not.toBe(0);
  expect(existsSync(`${file}.2`)).toBe(false);
  expect(await neb('delete snapshot moment --wait')).toMatchObject({ code: 0 });
  expect((await neb('get snapshots')).stdout).not.toMatch(/ moment /);
});

test('what does not run, and what a service keeps, is refused before anything is written', async () => {
  expect(await neb('create container over --image app --platform here --wait')).toMatchObject({ code: 0 });
  here.exit(`${(await at('over')).metadata.id}-1`, 0);
  await server.neb.containers.wait({ namespace: 'lab', name: 'over' }, { for: 'ended' });
  for (const verb of ['suspend over', 'checkpoint over', 'fork over --name x', 'migrate over --platform there']) {
    expect([verb, (await neb(verb)).code]).toEqual([verb, 5]);
  }
  expect((await neb('suspend nobody')).code).toBe(3);
  expect((await neb('resume agent')).code).toBe(0);
});
