import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@neb/core-types/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { builtCommand, type Command, command } from './command.ts';

let built: Awaited<ReturnType<typeof builtCommand>>;
let home: string;
let neb: Command;
let port: number;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-up-'));
  built = await builtCommand();
  port = await freePort();
  neb = command({ main: built.main, home, env: { NEB_PLATFORMS: 'memory' } });
});
afterAll(async () => {
  await neb(['down']);
  await built[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** Processes that have this home in their words: the server and its database. */
const left = (): string => execFileSync('sh', ['-c', `ps -eo args | grep -F ${home} | grep -v grep || true`], { encoding: 'utf8' });
const state = (): { pid: number; url: string } => JSON.parse(readFileSync(join(home, '.neb/server.json'), 'utf8')) as { pid: number; url: string };

test('up starts a server, twice is fine, and down leaves nothing running', async () => {
  const first = await neb(['up', '--port', String(port), '-o', 'json']);
  expect([first.code, JSON.parse(first.stdout)]).toEqual([0, expect.objectContaining({ kind: 'Server', url: `http://127.0.0.1:${port}`, fresh: true, context: 'local' })]);
  expect(statSync(join(home, '.neb/token')).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, '.neb/config.yaml')).mode & 0o777).toBe(0o600);

  const again = await neb(['up', '--port', String(port)]);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('runs already') });
  // The context that up made is in use, with its token.
  expect((await neb(['whoami'])).stdout).toContain('local (administrator)');
  expect((await neb(['config', 'current-context'])).stdout).toBe('local\n');
  expect((await neb(['create', 'container', 'one', '--image', 'busybox', '--platform', 'memory', '--wait'])).code).toBe(0);

  const down = await neb(['down']);
  expect(down).toMatchObject({ code: 0, stdout: 'The server has stopped, and 1 container with it\n' });
  expect(left()).toBe('');
  expect(await neb(['down'])).toMatchObject({ code: 0, stdout: 'No server that neb up started runs\n' });
  expect(await neb(['get', 'containers'])).toMatchObject({ code: 9 });
}, 120_000);

test('what was there is there after down and up', async () => {
  await neb(['up', '--port', String(port)]);
  await neb(['create', 'secret', 'kept', '--value', 'still-here']);
  await neb(['down']);
  await neb(['up', '--port', String(port)]);
  expect((await neb(['get', 'secret', 'kept', '--reveal', '-y'])).stdout).toBe('still-here\n');
  expect(await neb(['down', '--keep-containers'])).toMatchObject({ code: 0, stdout: 'The server has stopped\n' });
  expect(left()).toBe('');
}, 120_000);

test('a service makes no new replicas for those that down removes, and up brings them back', async () => {
  const file = join(home, 'pair.yaml');
  writeFileSync(file, 'kind: Service\nmetadata: { name: pair }\nplatform: memory\nmin_containers: 2\nmax_containers: 2\ncontainer: { image: busybox, command: serve --port 8000 }\n');
  const replicas = async (): Promise<readonly { readonly metadata: { readonly created_at: string; readonly deleted_at?: string } }[]> => (JSON.parse((await neb(['get', 'containers', '-o', 'json'])).stdout) as { items: { metadata: { created_at: string; deleted_at?: string } }[] }).items;
  // The port is the variable's where no flag names one.
  const up = () => neb(['up'], { env: { NEB_PORT: String(port), NEB_GATEWAY_PORT: '0' } });
  expect(await up()).toMatchObject({ code: 0, stdout: expect.stringContaining(`:${port}`) });
  await neb(['create', '-f', file]);
  await vi.waitFor(async () => expect(await replicas()).toHaveLength(2), { timeout: 20_000, interval: 200 });
  expect(await neb(['down'])).toMatchObject({ code: 0, stdout: 'The server has stopped, and 2 containers with it\n' });
  const downAt = new Date().toISOString();
  await up();
  await vi.waitFor(async () => expect(await replicas()).toHaveLength(2), { timeout: 20_000, interval: 200 });
  expect((await replicas()).filter(({ metadata }) => metadata.created_at < downAt)).toEqual([]);
  // One that gives up leaves the service to the server, which takes it up again.
  expect(await neb(['down', '--timeout', '1ms'])).toMatchObject({ code: 8, stderr: expect.stringContaining('the server goes on') });
  const gaveUpAt = new Date().toISOString();
  await vi.waitFor(async () => expect((await replicas()).filter(({ metadata }) => metadata.created_at > gaveUpAt)).toHaveLength(2), { timeout: 40_000, interval: 500 });
  await neb(['delete', 'service', 'pair', '-y']);
  expect(await neb(['down'])).toMatchObject({ code: 0 });
}, 180_000);

test('after a server that was killed, up finds its database, and down leaves nothing of it', async () => {
  await neb(['up', '--port', String(port)]);
  process.kill(state().pid, 'SIGKILL');
  expect(await neb(['up', '--port', String(port)])).toMatchObject({ code: 0, stdout: expect.stringContaining('is ready') });
  process.kill(state().pid, 'SIGKILL');
  expect(await neb(['down'])).toMatchObject({ code: 0, stderr: expect.stringContaining('started once more to clean up') });
  expect(left()).toBe('');
}, 120_000);

test('after a server that was killed, down stops its database alone where containers are to stay', async () => {
  await neb(['up', '--port', String(port)]);
  process.kill(state().pid, 'SIGKILL');
  const down = await neb(['down', '--keep-containers']);
  expect([down, left()]).toEqual([expect.objectContaining({ code: 0, stdout: 'No server that neb up started runs\n', stderr: '' }), '']);
}, 120_000);

test('a port that is taken is told, with a way out', async () => {
  const taken = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')).listen(0, '127.0.0.1');
  await new Promise((done) => taken.once('listening', done));
  const { port: other } = taken.address() as { port: number };
  expect(await neb(['up', '--port', String(other)])).toMatchObject({ code: 5, stderr: expect.stringContaining('neb up --port 3001') });
  taken.close();
  expect(existsSync(join(home, '.neb/server.json'))).toBe(false);
});

test('what keeps a server from starting is told, from its log', async () => {
  writeFileSync(join(home, '.neb/token'), 'short\n', { mode: 0o600 });
  const { code, stderr } = await neb(['up', '--port', String(port)]);
  rmSync(join(home, '.neb/token'));
  expect([code, stderr]).toEqual([2, expect.stringMatching(/ended while it started\n.*token is too short/)]);
}, 60_000);

test('serve runs in the foreground until SIGTERM', async () => {
  let asked = false;
  const { code, stdout } = await neb(['serve', '--port', '0', '-o', 'json'], {
    onOutput: (all, child) => {
      // A second one would end it at once.
      if (all.includes('is ready') && !asked) child.kill('SIGTERM');
      asked ||= all.includes('is ready');
    },
  });
  expect(code).toBe(0);
  for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  expect(left()).toBe('');
}, 60_000);

test('serve --docker says what is missing where there is no Docker, after it wrote its file', async () => {
  const { code, stderr } = await neb(['serve', '--docker'], { env: { PATH: '/nonexistent' } });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/needs Docker[\s\S]*neb up/)]);
  expect(existsSync(join(home, '.neb/compose.yaml'))).toBe(true);
});
