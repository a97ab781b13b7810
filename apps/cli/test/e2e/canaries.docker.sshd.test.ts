import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PodImage, podImage } from '@neb/cloud-simulator';
import { keyring, type SshKey } from '@neb/ssh';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { inProcess } from './in-process.ts';
import { type PretendedClouds, pretendedClouds } from './pretended-clouds.ts';
import { type TestServer, testServer } from './server.ts';
import { importShellImage, shellImage } from './shell-image.ts';

const namespace = 'canaries';
const canaries = { env: 'canary-env-0b71/+c9', file: 'canary-file-4e2a88', field: 'canary-field-77d3', pull: 'canary-pull-c15f02', wrong: 'canary-wrong-9a61', session: 'canary-session-5d20' };
/** No secret: a label, which is shown wherever labels are. It has to be found, or the search finds nothing. */
const control = 'canary-control-31f7';

/** What was said, and where. */
const said: (readonly [where: string, text: string])[] = [];
let server: TestServer;
let clouds: PretendedClouds;
let image: PodImage;
let home: string;
let env: Record<string, string>;
let key: string;
let machineKey: string;

const container = (name: string, more: object) => ({ kind: 'Container', metadata: { namespace, name, labels: { control } }, image: shellImage, platform: 'docker', ...more });
const manifests = [
  { kind: 'Secret', metadata: { namespace, name: 'env' }, value: canaries.env },
  { kind: 'Secret', metadata: { namespace, name: 'file' }, value: JSON.stringify({ a: canaries.file, b: canaries.field }) },
  { kind: 'Secret', metadata: { namespace, name: 'pull' }, value: `robot:${canaries.pull}` },
  { kind: 'Secret', metadata: { namespace, name: 'wrong' }, value: canaries.wrong },
  container('runs', {
    command: 'echo "it is $TOKEN"; echo "$TOKEN" | base64; cat /run/secrets/all /run/secrets/b; echo; exec sleep 1000',
    env: [{ key: 'TOKEN', secret_name: 'env' }], secret_files: [{ secret_name: 'file', path: '/run/secrets/all' }, { secret_name: 'file', secret_key: 'b', path: '/run/secrets/b' }],
  }),
  container('ends', { command: 'echo "it is $TOKEN" >&2; exit 3', env: [{ key: 'TOKEN', secret_name: 'env' }] }),
  container('private', { image: 'localhost:1/neb/private:1', pull_secret: 'pull', env: [{ key: 'TOKEN', secret_name: 'env' }] }),
  container('breaks', { command: ['no-such-command'], env: [{ key: 'TOKEN', secret_name: 'env' }] }),
  container('wrong', { pull_secret: 'wrong' }),
  container('pod', { image: 'neb/canary-pod:latest', platform: 'runpod', command: 'exec sleep 1000', env: [{ key: 'TOKEN', secret_name: 'env' }] }),
  container('machine', { image: 'neb/canary-pod:latest', platform: 'aws', command: 'exec sleep 1000', env: [{ key: 'TOKEN', secret_name: 'env' }] }),
];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-canaries-'));
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => said.push(['the server\'s log', String(line)]) > 0);
  [clouds, image] = await Promise.all([pretendedClouds(home), podImage('neb/canary-pod:latest', { server: 'sshd' }), importShellImage()]);
  const more = { NEB_PLATFORMS: 'docker,runpod,aws', NEB_LOG_LEVEL: 'debug', NEB_LOG_FORMAT: 'json', NEB_DATABASE: 'pglite', AWS_SESSION_TOKEN: canaries.session };
  server = await testServer({ ...clouds.env, ...more }, { machineAccess: clouds.machineAccess });
  key = readFileSync(join(server.dataDir, 'encryption.key'), 'utf8').trim();
  machineKey = readFileSync(join(server.dataDir, 'machine.key'), 'utf8').trim();
  env = { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8' };
}, 120_000);
afterAll(async () => {
  await inProcess(['delete', 'containers', '--all', '-n', namespace, '-y', '--wait'], { env });
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
  await clouds[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
}, 60_000);

async function neb(...line: readonly string[]): Promise<string> {
  const { stdout, stderr } = await inProcess(line, { env });
  said.push([`neb ${line.join(' ')}`, stdout + stderr]);
  return stdout + stderr;
}

/** Where any of these was said, as it is or as base64. */
function foundIn(...values: readonly string[]): readonly string[] {
  const forms = values.flatMap((value) => [value, Buffer.from(value).toString('base64').slice(0, -4)]);
  return [...new Set(said.filter(([, text]) => forms.some((form) => text.includes(form))).map(([where]) => where))];
}

/** The private half of a key in each form that is written anywhere, in pieces that a line's end does not cut. */
function piecesOf({ privateKey, dropbearKey }: SshKey): readonly string[] {
  // What comes first in the text is alike in all keys.
  return [dropbearKey.slice(24), ...privateKey.split('\n').filter((line) => line.length > 40).slice(2)];
}

/** What opens machines and pods, and what they are known by: of the fleet, of the pod, and of the machine. */
async function sshKeys(): Promise<readonly string[]> {
  const { fleet } = await server.neb.version();
  const keys = keyring(machineKey);
  const [pod] = clouds.runpod.pods();
  const { NEB_KEY: podKey = '', NEB_SSH: script = '' } = pod!.env;
  const host = keys.host({ fleet, key: podKey });
  // They are what is used, or nothing would be looked for.
  expect(script).toContain(host.privateKey);
  expect(script).toContain(keys.user(fleet).publicKey);
  const attempts = await Promise.all(['pod', 'machine'].map(async (name) => (await server.neb.containers.get({ namespace, name })).status.attempt?.key ?? ''));
  expect(attempts).toEqual([podKey, expect.stringMatching(/./)]);
  return [keys.user(fleet), ...attempts.map((one) => keys.host({ fleet, key: one }))].flatMap(piecesOf);
}

/** Every row of every table, as text. */
async function tables(dataDir: string): Promise<void> {
  const inServer = createRequire(createRequire(import.meta.url).resolve('@neb/server'));
  const { PGlite } = inServer('@electric-sql/pglite') as { PGlite: { create(options: object): Promise<{ query(sql: string): Promise<{ rows: Record<string, string>[] }>; close(): Promise<void> }> } };
  const database = await PGlite.create({ dataDir: join(dataDir, 'pglite') });
  const { rows } = await database.query("select table_name as name from information_schema.tables where table_schema = 'public'");
  for (const { name } of rows) {
    const all = await database.query(`select whole::text as text from "${name}" whole`);
    said.push([`table ${name}`, all.rows.map(({ text }) => text).join('\n')]);
  }
  await database.close();
}

/** What the engine tells of its containers, but for their environment, which is where it keeps that. */
async function inspected(): Promise<void> {
  const { fleet } = await server.neb.version();
  const { stdout: ids } = await promisify(execFile)('docker', ['ps', '-aq', '--filter', `label=neb.fleet=${fleet}`]);
  const { stdout } = await promisify(execFile)('docker', ['inspect', ...ids.trim().split('\n')]);
  const all = JSON.parse(stdout) as { Config: { Env?: unknown } }[];
  expect(JSON.stringify(all)).toContain(canaries.env);
  for (const one of all) delete one.Config.Env;
  said.push(['docker inspect', JSON.stringify(all)]);
}

test('the value of a secret is nowhere but in its container', async () => {
  writeFileSync(join(home, 'all.yaml'), manifests.map((one) => JSON.stringify(one)).join('\n---\n'));
  await neb('create', '-f', join(home, 'all.yaml'), '--debug');
  const wait = (name: string, to: 'ready' | 'ended') => server.neb.containers.wait({ namespace, name }, { for: to, timeoutMs: 60_000 }).catch(() => undefined);
  await Promise.all([wait('runs', 'ready'), wait('ends', 'ended'), wait('breaks', 'ended'), wait('wrong', 'ended'), wait('pod', 'ready'), wait('machine', 'ready')]);
  await vi.waitFor(async () => expect(JSON.stringify(await neb('get', 'container', 'private', '-n', namespace, '-o', 'json'))).toContain('localhost:1'), { timeout: 30_000, interval: 500 });
  // In the container they are as they were written.
  const inside = await inProcess(['exec', 'runs', '-n', namespace, '--', 'sh', '-c', 'echo $TOKEN; cat /run/secrets/all /run/secrets/b'], { env });
  expect(inside.stdout).toBe(`${canaries.env}\n${JSON.stringify({ a: canaries.file, b: canaries.field })}${canaries.field}`);

  for (const name of ['pod', 'machine']) expect(await inProcess(['exec', name, '-n', namespace, '--', 'sh', '-c', 'echo $TOKEN'], { env })).toMatchObject({ code: 0, stdout: `${canaries.env}\n` });
  const ssh = await sshKeys();

  for (const name of ['runs', 'ends', 'private', 'breaks', 'wrong', 'pod', 'machine']) {
    for (const verb of [['get', 'container'], ['describe', 'container'], ['explain', 'container'], ['logs']]) {
      await neb(...verb, name, '-n', namespace, '--debug');
      await neb(...verb, name, '-n', namespace, '-o', 'json');
    }
  }
  for (const verb of ['get containers,secrets -o wide', 'get secrets -o yaml', 'describe secret env', 'events', 'events -o json', 'logs ends --previous', 'exec nobody -- true', 'top', 'get audit', 'get platforms']) await neb(...verb.split(' '), '-n', namespace);
  for (const verb of ['doctor', 'doctor -o json', 'config view --origin', 'whoami', 'diff -f all.yaml', 'apply -f all.yaml --dry-run=server -o json', 'create -f all.yaml']) await neb(...verb.replace('all.yaml', join(home, 'all.yaml')).split(' '));
  expect(await neb('logs', 'runs', '-n', namespace)).toContain('it is ***');

  const headers = { authorization: `Bearer ${server.token}` };
  for (const path of ['/metrics', '/openapi.json', '/v1/containers', '/v1/secrets', '/v1/events', '/v1/nothing', `/v1/containers/${namespace}/runs`, `/v1/containers/${namespace}/runs/logs`, `/v1/secrets/${namespace}/env`, `/v1/secrets/${namespace}/nothing`]) {
    const answer = await fetch(`${server.url}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
    said.push([path, await answer.text()]);
  }
  await inspected();
  await neb('delete', 'containers', '--all', '-n', namespace, '-y', '--wait');
  await server.stop();
  await tables(server.dataDir);

  const { RUNPOD_API_KEY: runpodKey = '', AWS_SECRET_ACCESS_KEY: awsKey = '' } = clouds.env;
  expect([runpodKey, awsKey, machineKey, ...ssh].filter((text) => text.length < 16)).toEqual([]);
  expect(foundIn(...Object.values(canaries), server.token, key, runpodKey, awsKey, machineKey, ...ssh)).toEqual([]);
  expect(foundIn(control)).toEqual(expect.arrayContaining([`neb get container runs -n ${namespace} -o json`, `/v1/containers/${namespace}/runs`, 'table resources']));
  const places = said.map(([where]) => where);
  expect(places).toEqual(expect.arrayContaining(['the server\'s log', 'table kept_logs', 'table events', 'table secrets', 'docker inspect', '/metrics']));
  expect(said.find(([where]) => where === 'table kept_logs')![1]).toContain('it is ***');
  expect(said.find(([where, text]) => where === `/v1/containers/${namespace}/runs/logs` && text.includes('it is ***'))).toBeDefined();
}, 180_000);
