import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, startServer } from '@neb/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtCommand, type Command, command } from './command.ts';
import { importShellImage, shellImage } from './shell-image.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
let built: Awaited<ReturnType<typeof builtCommand>>;
let home: string;
let neb: Command;
const namespace = 'engine';
const ns = ['-n', namespace] as const;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-engine-'));
  [server, built] = await Promise.all([testServer({ NEB_PLATFORMS: 'docker' }), builtCommand(), importShellImage()]);
  neb = command({ main: built.main, home, env: { NEB_SERVER: server.url, NEB_TOKEN: server.token } });
  expect(await neb(['create', 'container', 'box', '--image', shellImage, '--cmd', 'echo out; echo err >&2; sleep 600', ...ns, '--detach'])).toMatchObject({ code: 0 });
  // A launch that fails for a moment on a busy engine is tried again.
  await server.neb.containers.wait({ namespace, name: 'box' }, { for: 'ready', timeoutMs: 60_000 });
}, 120_000);
afterAll(async () => {
  await neb(['delete', 'containers', '--all', ...ns, '-y', '--wait']);
  await Promise.all([server[Symbol.asyncDispose](), built[Symbol.asyncDispose]()]);
  rmSync(home, { recursive: true });
}, 60_000);

test('exec exits as the command does, splits -c as a shell would, and passes stdin on', async () => {
  expect(await neb(['exec', 'box', ...ns, '-c', "sh -c 'exit 7'"])).toMatchObject({ code: 7, stdout: '', stderr: '' });
  expect(await neb(['exec', 'box', ...ns, '-c', 'echo hello'])).toMatchObject({ code: 0, stdout: 'hello\n' });
  expect(await neb(['exec', 'box', ...ns, '-c', 'echo "a  b" | wc -c'])).toMatchObject({ code: 0, stdout: '5\n' });
  expect(await neb(['exec', 'box', ...ns, '--', 'sh', '-c', 'echo to-out; echo to-err >&2'])).toMatchObject({ code: 0, stdout: 'to-out\n', stderr: 'to-err\n' });
  const large = 'x'.repeat(3_000_000);
  expect(await neb(['exec', '-i', 'box', ...ns, '--', 'wc', '-c'], { stdin: large })).toMatchObject({ code: 0, stdout: '3000000\n' });
  expect((await neb(['exec', '-i', 'box', ...ns, '--', 'cat'], { stdin: large })).stdout).toHaveLength(large.length);
  const missing = await neb(['exec', 'box', ...ns, '--', 'no-such-program']);
  expect([126, 127]).toContain(missing.code);
});

test('logs tell stdout from stderr, and end with the container\'s exit code where asked', async () => {
  expect(await neb(['logs', 'box', ...ns])).toMatchObject({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  await neb(['create', 'container', 'ends', '--image', shellImage, '--cmd', 'for i in 1 2 3; do echo line $i; sleep 0.2; done; exit 9', ...ns]);
  expect(await neb(['logs', 'ends', ...ns, '-f', '--exit-code'])).toMatchObject({ code: 9, stdout: 'line 1\nline 2\nline 3\n' });
  expect(await neb(['logs', 'ends', ...ns, '--tail', '1', '--timestamps'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d{4}-\d\d-\d\dT\S+Z line 3\n$/) });
  expect((await neb(['logs', 'ends', 'box', ...ns, '--grep', 'line [12]'])).stdout).toBe('ends | line 1\nends | line 2\n');
}, 60_000);

test('a job that fails ends a wait with its sentence, its last lines, and exit code 1', async () => {
  // The health check keeps it from being ready before it ends.
  const manifest = `kind: Container\nmetadata: { name: fails }\nimage: ${shellImage}\ncommand: echo the reason; sleep 1; exit 4\nhealth_check: { protocol: tcp, port: 9, interval: 1s, retries: 100 }\n`;
  expect(await neb(['create', '-f', '-', ...ns, '--wait'], { stdin: manifest })).toMatchObject({
    code: 1, stdout: '', stderr: expect.stringMatching(/Last lines of container\/fails:\n {2}the reason\nerror: .*exited with 4/),
  });
  const ended = await neb(['wait', 'container', 'fails', ...ns, '--for=completed', '--timeout', '20s']);
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('failed') });
});

test('an image that is not there ends a wait with its own sentence', async () => {
  const { code, stderr } = await neb(['create', 'container', 'imageless', '--image', 'neb-cli-test.invalid/nothing:1', ...ns, '--wait', '--wait-timeout', '20s']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/error: .*neb-cli-test\.invalid\/nothing/)]);
});

test('files go both ways, with their links and modes', async () => {
  const data = join(home, 'data');
  mkdirSync(join(data, 'sub'), { recursive: true });
  writeFileSync(join(data, 'run.sh'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
  writeFileSync(join(data, 'sub', 'big'), 'y'.repeat(200_000));
  symlinkSync('run.sh', join(data, 'link'));
  expect(await neb(['cp', 'data', 'box:/tmp/', ...ns])).toMatchObject({ code: 0, stdout: expect.stringContaining('Copied 2 files') });
  expect(await neb(['exec', 'box', ...ns, '--', '/tmp/data/link'])).toMatchObject({ code: 0, stdout: 'ran\n' });
  expect(await neb(['cp', `${namespace}/box:/tmp/data`, 'back'])).toMatchObject({ code: 0 });
  expect(readFileSync(join(home, 'back/sub/big'), 'utf8')).toHaveLength(200_000);
  expect(readlinkSync(join(home, 'back/link'))).toBe('run.sh');
  expect(await neb(['cp', 'data/run.sh', 'box:/tmp/other', ...ns])).toMatchObject({ code: 0 });
  expect((await neb(['exec', 'box', ...ns, '--', 'cat', '/tmp/other'])).stdout).toContain('echo ran');
  expect(await neb(['cp', 'box:/tmp/nothing', 'x', ...ns])).toMatchObject({ code: 3, stderr: expect.stringContaining(`there is no /tmp/nothing in container ${namespace}/box`) });
});

test('a link in a container does not lead a copy out of its folder', async () => {
  await neb(['exec', 'box', ...ns, '--', 'sh', '-c', 'mkdir -p /tmp/evil; cd /tmp/evil; ln -s / root; ln -s ../../../../etc/passwd up; echo fine > fine']);
  const { code, stderr } = await neb(['cp', 'box:/tmp/evil', 'evil', ...ns]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/root was left out[\s\S]*up was left out/)]);
  expect([existsSync(join(home, 'evil/root')), existsSync(join(home, 'evil/up'))]).toEqual([false, false]);
  expect(lstatSync(join(home, 'evil/fine')).isFile()).toBe(true);
});

test('top shows what runs', async () => {
  const { items } = JSON.parse((await neb(['top', ...ns, '-o', 'json'])).stdout) as { items: { name: string; usage: { memoryBytes: number } }[] };
  expect(items.find(({ name }) => name === 'box')?.usage.memoryBytes).toBeGreaterThan(0);
});

test('logs -f across a restart of the server shows each line once', async () => {
  await using first = await testServer({ NEB_PLATFORMS: 'docker' });
  const env = { HOME: home, NEB_SERVER: first.url, NEB_TOKEN: first.token };
  await first.neb.containers.apply({ metadata: { name: 'counts', namespace: 'restart' }, image: shellImage, platform: 'docker', command: 'for i in $(seq 60); do echo line $i; sleep 0.1; done' });
  await first.neb.containers.wait({ namespace: 'restart', name: 'counts' });
  const following = inProcess(['logs', 'counts', '-n', 'restart', '-f'], { env });
  await new Promise((done) => setTimeout(done, 1_500));
  await first.stop();
  const config = loadConfig({ NEB_DATA_DIR: first.dataDir, NEB_PORT: new URL(first.url).port, NEB_PLATFORMS: 'docker', NEB_LOG_LEVEL: 'error' }, { PATH: process.env['PATH'], HOME: first.dataDir });
  const second = await startServer(config);
  try {
    const { code, stdout } = await following;
    expect([code, stdout]).toEqual([0, Array.from({ length: 60 }, (_, n) => `line ${n + 1}\n`).join('')]);
  } finally {
    await first.neb.containers.delete({ namespace: 'restart', name: 'counts' });
    await first.neb.containers.wait({ namespace: 'restart', name: 'counts' }, { for: 'deleted' });
    await second.close();
  }
}, 90_000);
