import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNeb, type Neb } from '@neb/sdk';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { importChatImage, removeChatImage } from './chat-image.ts';
import { inProcess } from './in-process.ts';
import { type SshHost, sshHost } from './ssh-host.ts';

const namespace = 'elsewhere';
let host: SshHost;
let home: string;
let server: ChildProcess;
let neb: Neb;
let address: string;
let env: Record<string, string>;

/** A server in a process of its own, which can be killed; the next one goes on with what it left. */
async function serve(): Promise<void> {
  server = fork(new URL('../../../server/test/serve.ts', import.meta.url), [], {
    execArgv: [], env: { PATH: process.env['PATH'], HOME: home, NEB_DATA_DIR: join(home, 'data'), NEB_PORT: '0', NEB_GATEWAY_PORT: '0', NEB_PLATFORMS: 'ssh', NEB_TAKEOVER: '2s', NEB_LOG_LEVEL: 'error', ...host.env },
  });
  const [url] = (await once(server, 'message')) as [string];
  const token = readFileSync(join(home, 'data/token'), 'utf8').trim();
  neb = createNeb({ url, token });
  env = { HOME: home, NEB_SERVER: url, NEB_TOKEN: token, LANG: 'C.UTF-8' };
}

async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}

const question = (words: string, more: object = {}): string => JSON.stringify({ messages: [{ role: 'user', content: words }], ...more });
const ask = async (body: string, token = env['NEB_TOKEN']): Promise<Response> => await fetch(`http://${address}/v1/chat/completions`, {
  method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, signal: AbortSignal.timeout(60_000),
});
const streamed = question('three two one', { stream: true, stream_options: { include_usage: true } });
const tokensOf = async (answer: Response): Promise<readonly (string | undefined)[]> => [...(await answer.text()).matchAll(/"content":"([^"]*)"/g)].map(([, token]) => token);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-far-'));
  [host] = await Promise.all([sshHost(home), importChatImage()]);
  await serve();
}, 120_000);
afterAll(async () => {
  await neb.services.delete({ namespace, name: 'chat' });
  await vi.waitFor(async () => expect(await neb.containers.list({ namespace }).all()).toEqual([]), { timeout: 60_000, interval: 200 });
  await end('SIGTERM');
  await host[Symbol.asyncDispose]();
  await removeChatImage();
  rmSync(home, { recursive: true });
}, 120_000);

test('a service on a host over SSH is woken by its first requests, answers them all, streams, and its tokens are counted', async () => {
  await neb.services.create({
    metadata: { namespace, name: 'chat' }, platform: 'ssh', port: 8_000, min_containers: 0, max_containers: 1, hold: '60s', drain: '1s',
    container: { image: 'vllm/vllm-openai:latest', command: 'exec python -m vllm.entrypoints.api_server --model tiny --port 8000' },
    meters: [{ cost: '0.001', currency: 'USD', unit: 'token', response_json_value: '$.usage.prompt_tokens' }],
  });
  address = await vi.waitFor(async () => {
    const told = (await neb.services.get({ namespace, name: 'chat' })).status.address;
    // It is told a moment before the gateway hears there; to anybody else than its owner's it says that there is nothing.
    expect((await fetch(`http://${told}/`)).status).toBe(404);
    return told!;
  }, { timeout: 30_000, interval: 100 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(streamed)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  for (const answer of answers) expect(await tokensOf(answer)).toEqual(['one', ' two', ' three']);
  const many = await Promise.all(Array.from({ length: 40 }, (_, n) => ask(question('x'.repeat(n * 10_000)))));
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await ask(streamed, 'nobodys')).status).toBe(404);
  // The gateway has found out by itself before its health check is done.
  await expect.poll(async () => (await neb.containers.list({ namespace }).all())[0]?.status, { timeout: 10_000 }).toMatchObject({ platform: 'ssh', region: 'rack', ready: true });
  const used = async (): Promise<unknown> => (JSON.parse((await inProcess(['usage', '--by', 'service', '-n', namespace, '-o', 'json'], { env })).stdout) as { items: { unit: string }[] }).items.find(({ unit }) => unit === 'token');
  // Three words each, and one of each of the forty but the first.
  await expect.poll(used, { timeout: 20_000 }).toMatchObject({ by: { service: 'chat' }, quantity: '54' });
}, 120_000);

test('containers of its namespace on that host find it by name and need no token, and others do not', async () => {
  const container = (name: string, at: string) => ({ metadata: { namespace: at, name }, image: 'vllm/vllm-openai:latest', platform: 'ssh', command: 'trap exit TERM; sleep 1000 & wait' });
  for (const [name, at] of [['box', namespace], ['spy', 'another']] as const) await neb.containers.create(container(name, at));
  const say = async (name: string, at: string, command: string): Promise<string> => (await inProcess(['exec', name, '-n', at, '--', 'sh', '-c', command], { env })).stdout;
  const asking = (host: string): string => `node -e "fetch('http://${host}/v1/models').then(async (answer) => console.log(answer.status, await answer.text()), (error) => console.log(error.cause?.code))"`;
  onTestFinished(async () => {
    for (const [name, at] of [['box', namespace], ['spy', 'another']] as const) await neb.containers.delete({ namespace: at, name });
  });
  await expect.poll(() => say('box', namespace, asking(`chat.${namespace}`)), { timeout: 30_000, interval: 500 }).toMatch(/^200 .*"id":"tiny"/);
  const [, bridge = ''] = /^(\S+)\tchat\./m.exec(await say('box', namespace, 'cat /etc/hosts')) ?? [];
  expect(bridge).toMatch(/^10\./);
  await expect.poll(() => say('spy', 'another', 'echo up'), { timeout: 30_000, interval: 500 }).toBe('up\n');
  expect(await say('spy', 'another', asking(`chat.${namespace}`))).toMatch(/ENOTFOUND|EAI_AGAIN/);
  expect(await say('spy', 'another', asking(bridge))).not.toMatch(/^200/);
}, 120_000);

test('it is reached while the server is gone, and the next server goes on with it', async () => {
  const slow = ask(question('a '.repeat(100), { stream: true }));
  await end('SIGKILL');
  expect(await tokensOf(await slow)).toHaveLength(100);
  for (let times = 0; times < 5; times++) expect(await tokensOf(await ask(streamed))).toEqual(['one', ' two', ' three']);
  await serve();
  expect((await ask(streamed)).status).toBe(200);
}, 120_000);
