import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importChatImage, removeChatImage } from './chat-image.ts';
import type { Ran } from './command.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';
import { steadyLoad } from './steady-load.ts';

let server: TestServer;
let home: string;
const neb = (line: string): Promise<Ran> => inProcess([...line.split(' '), '-n', 'inference'], { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8' } });

/** The README's manifest, on this machine and without the accelerator; it goes to zero sooner than in ten minutes. */
function manifest(change: (text: string) => string = (text) => text): string {
  const written = readFileSync(new URL('../../../../examples/service/vllm-qwen.yaml', import.meta.url), 'utf8');
  const here = written.replace('  accelerators:\n    - "1:A100"\n', '').replace('platform: gce', 'platform: docker').replace('min_containers: 1', 'min_containers: 0').replace('duration: 10m', 'duration: 4s');
  const file = join(home, 'vllm-qwen.yaml');
  writeFileSync(file, change(`${here}meters:
  - { cost: 0.001, unit: token, currency: USD, response_json_value: "$.usage.prompt_tokens" }
update: { progress_deadline: 15s }
drain: 2s
`));
  return file;
}

interface Shown {
  readonly status: { readonly status: string; readonly address: string; readonly url: string; readonly message?: string; readonly replicas: { readonly ready: number; readonly desired: number } };
}

const shown = async (): Promise<Shown['status']> => (JSON.parse((await neb('get service vllm-qwen -o json')).stdout) as Shown).status;
const bearer = (token = server.token): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });
const question = (words: string, more: object = {}): string => JSON.stringify({ messages: [{ role: 'user', content: words }], ...more });
const ask = async (at: string, body: string, headers: Readonly<Record<string, string>> = bearer()): Promise<Response> => await fetch(`http://${at}/v1/chat/completions`, { method: 'POST', headers, body, signal: AbortSignal.timeout(60_000) });
const streamed = question('three two one', { stream: true, stream_options: { include_usage: true } });

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-services-docker-'));
  await importChatImage();
  server = await testServer({ NEB_PLATFORMS: 'docker' });
}, 120_000);
afterAll(async () => {
  await neb('delete service vllm-qwen -y --wait --timeout 60s');
  await server[Symbol.asyncDispose]();
  await removeChatImage();
  rmSync(home, { recursive: true });
}, 120_000);

test('a service with no replica holds its first requests, answers them all, and counts their tokens', async () => {
  expect(await neb(`create service -f ${manifest()} -y --wait --wait-timeout 60s`)).toMatchObject({ code: 0 });
  const { address, replicas } = await shown();
  expect([replicas.ready, address]).toEqual([0, expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(address, streamed)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  for (const answer of answers) expect([...(await answer.text()).matchAll(/"content":"([^"]*)"/g)].map(([, token]) => token)).toEqual(['one', ' two', ' three']);
  expect((await neb('curl service/vllm-qwen /v1/models')).stdout).toContain('"id":"Qwen/Qwen2-7B-Instruct"');
  expect((await ask(address, streamed, {})).status).toBe(404);
  const tokens = async (): Promise<unknown> => (JSON.parse((await neb('usage --by service -o json')).stdout) as { items: { unit: string }[] }).items.find(({ unit }) => unit === 'token');
  await expect.poll(tokens, { timeout: 10_000 }).toMatchObject({ by: { service: 'vllm-qwen' }, quantity: '15', facts: 5 });
}, 120_000);

test('answers that take longer than they should bring more replicas, and all of them answer', async () => {
  const { address } = await shown();
  const replicas = new Set<string>();
  const stop = new AbortController();
  const asking = Promise.all(Array.from({ length: 4 }, async () => {
    while (!stop.signal.aborted) {
      const answer = await ask(address, question('a '.repeat(10)));
      expect(answer.status).toBe(200);
      replicas.add(((await answer.json()) as { system_fingerprint: string }).system_fingerprint);
    }
  }));
  try {
    await expect.poll(() => replicas.size, { timeout: 60_000 }).toBeGreaterThan(1);
    expect((await neb('explain service vllm-qwen')).stdout).toMatch(/from 1 to [2-5] replicas: p95 \d+ms above 100ms/);
  } finally {
    stop.abort();
    await asking;
  }
}, 90_000);

test('a change under two hundred requests a second loses none, and one that does not work goes back and says why', async () => {
  const { address } = await shown();
  const load = steadyLoad({
    url: `http://${address}`, headers: bearer(), perSecond: 200,
    ask: (turn) => (turn % 2 === 0 ? { method: 'GET', path: '/v1/models' } : { method: 'POST', path: '/v1/chat/completions', body: question('hi') }),
    tell: ({ status, body, error }) => (status === 200 && error === undefined ? /"id":"(Q[^"]+)"/.exec(body)?.[1] ?? 'an answer' : `${status} ${error} ${body}`),
  });
  try {
    expect((await neb(`apply -f ${manifest((text) => text.replace('Qwen2-7B', 'Qwen3-8B'))} -y`)).code).toBe(0);
    expect(await neb('rollout status service/vllm-qwen --timeout 60s')).toMatchObject({ code: 0, stdout: expect.stringMatching(/revision 2 is rolled out/) });
    await expect.poll(() => load.seen.get('Qwen/Qwen3-8B-Instruct') ?? 0, { timeout: 20_000 }).toBeGreaterThan(100);

    expect((await neb(`apply -f ${manifest((text) => `${text.replace('Qwen2-7B', 'Qwen4-9B')}health: { path: /, port: 9, interval: 1s }\n`)} -y`)).code).toBe(0);
    const failed = await neb('rollout status service/vllm-qwen --timeout 60s');
    expect([failed.code, failed.stderr + failed.stdout]).toEqual([1, expect.stringMatching(/revision 3 was given up.*port 9/s)]);
    const before = load.seen.get('Qwen/Qwen3-8B-Instruct')!;
    await expect.poll(() => load.seen.get('Qwen/Qwen3-8B-Instruct')!, { timeout: 20_000 }).toBeGreaterThan(before + 100);
  } finally {
    await load.stop();
  }
  expect([...load.seen.keys()].toSorted()).toEqual(['Qwen/Qwen2-7B-Instruct', 'Qwen/Qwen3-8B-Instruct', 'an answer']);
  expect([...load.seen.values()].reduce((sum, n) => sum + n, 0)).toBe(load.sent);
  console.log(`${load.sent} requests at 200 a second through an update and one that went back: none lost`);
}, 180_000);

test('nothing is kept where nothing comes, and the next request brings it back', async () => {
  await expect.poll(async () => (await shown()).replicas, { timeout: 60_000, interval: 500 }).toMatchObject({ ready: 0, desired: 0 });
  const { address } = await shown();
  expect(await (await ask(address, streamed)).text()).toContain('"content":" two"');
}, 120_000);

test('rules on the fields of a request decide who may use which model, and those who may are counted', async () => {
  const key = 'a secret of thirty-two bytes or more';
  await server.neb.secrets.create({ metadata: { name: 'door', namespace: 'inference' }, value: key });
  const written = readFileSync(new URL('../../../../examples/containers/vllm_authz.yaml', import.meta.url), 'utf8');
  const file = join(home, 'vllm_authz.yaml');
  writeFileSync(file, written.replace('platform: runpod', 'platform: docker').replace('accelerators:\n  - "1:A100_SXM"\n', '').replace('authz:', 'authz:\n  jwt: { secret_ref: { name: door } }'));
  expect(await neb(`create container -f ${file} -y --wait --wait-timeout 60s`)).toMatchObject({ code: 0 });
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = (claims: object): string => {
    const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ exp: Math.floor(Date.now() / 1_000) + 600, ...claims })}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  const gateway = new URL((await shown()).url).host.replace(/^[^:]*/, '127.0.0.1');
  const use = async (model: string, token: string): Promise<number> => {
    const answer = await ask(gateway, question('one two', { model }), { ...bearer(token), 'x-resource': 'vllm-authz.inference.container' });
    await answer.arrayBuffer();
    return answer.status;
  };
  const ann = signed({ sub: 'ann@example.com', handle: 'ann', organizations: [{ name: 'acme', role: 'developer' }] });
  await expect.poll(() => use('acme/llama', ann), { timeout: 20_000 }).toBe(200);
  expect(await use('ann/tuned', ann)).toBe(200);
  expect(await use('annother/tuned', ann)).toBe(403);
  expect(await use('acme/../other/llama', ann)).toBe(403);
  expect(await use('acme/llama', signed({ sub: 'eve@example.com', handle: 'eve' }))).toBe(403);
  expect(await use('acme/llama', `${ann.slice(0, -4)}AAAA`)).not.toBe(200);
  await expect.poll(async () => (await neb('usage --kind gateway --by container -o csv')).stdout, { timeout: 10_000 }).toContain('vllm-authz,response_value,8,token,0.000008,0,0.000008,USD');
  await neb('delete container vllm-authz -y --wait --timeout 60s');
}, 120_000);
