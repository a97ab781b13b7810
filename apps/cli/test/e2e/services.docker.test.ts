import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ran } from './command.ts';
import { inProcess } from './in-process.ts';
import { type TestServer, testServer } from './server.ts';
import { importShellImage, shellImage } from './shell-image.ts';

let server: TestServer;
let home: string;
const neb = (line: string): Promise<Ran> => inProcess([...line.split(' '), '-n', 'inference'], { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8' } });

/** Streams three tokens and how many there were, as an OpenAI-like server does. */
const replica = (word: string): string => `busybox mkdir -p /www/cgi-bin
cat > /www/cgi-bin/completions <<'END'
#!/bin/sh
printf 'Content-Type: text/event-stream\\r\\n\\r\\n'
for token in ${word} 2 3; do printf 'data: {"token":"%s"}\\n\\n' "$token"; done
printf 'data: {"usage":{"prompt_tokens":7}}\\n\\ndata: [DONE]\\n\\n'
END
busybox chmod +x /www/cgi-bin/completions
exec busybox httpd -f -p 8000 -h /www # --port 8000`;

function manifest(word: string, more = ''): string {
  const file = join(home, `${word}.yaml`);
  writeFileSync(file, `kind: Service
metadata: { name: vllm-qwen, namespace: inference }
container:
  image: ${shellImage}
  command: |
    ${replica(word).replaceAll('\n', '\n    ')}
platform: docker
min_containers: 0
max_containers: 2
scale:
  up: { above_latency: 2s, duration: 10s }
  down: { below_latency: 10ms, duration: 5m }
  zero: { below_latency: 10ms, duration: 4s }
update: { progress_deadline: 6s }
drain: 2s
meters:
  - { cost: 0.001, unit: token, currency: USD, response_json_value: "$.usage.prompt_tokens" }
${more}`);
  return file;
}

interface Shown {
  readonly status: { readonly status: string; readonly address: string; readonly url: string; readonly message?: string; readonly replicas: { readonly ready: number; readonly desired: number } };
}

const shown = async (): Promise<Shown['status']> => (JSON.parse((await neb('get service vllm-qwen -o json')).stdout) as Shown).status;
const ask = async (address: string, headers: Readonly<Record<string, string>> = { authorization: `Bearer ${server.token}` }): Promise<Response> => await fetch(`http://${address}/cgi-bin/completions`, { headers, signal: AbortSignal.timeout(60_000) });

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-services-docker-'));
  await importShellImage();
  server = await testServer({ NEB_PLATFORMS: 'docker' });
}, 120_000);
afterAll(async () => {
  await neb('delete service vllm-qwen -y --wait --timeout 60s');
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
}, 120_000);

test('a service with no replica holds its first requests, answers them all, and counts their tokens', async () => {
  expect(await neb(`create service -f ${manifest('one')} -y --wait --wait-timeout 60s`)).toMatchObject({ code: 0 });
  const { address, replicas } = await shown();
  expect([replicas.ready, address]).toEqual([0, expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(address)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  for (const answer of answers) expect(await answer.text()).toContain('data: {"token":"one"}\n\ndata: {"token":"2"}');
  expect((await neb('curl service/vllm-qwen /cgi-bin/completions')).stdout).toContain('[DONE]');
  expect((await ask(address, {})).status).toBe(404);
  const facts = (): string => readdirSync(join(server.dataDir, 'facts')).map((file) => readFileSync(join(server.dataDir, 'facts', file), 'utf8')).join('');
  await expect.poll(() => facts().match(/"unit":"token","value":"7"/g)?.length, { timeout: 10_000 }).toBe(6);
}, 120_000);

test('a change under requests loses none, and one that does not work goes back and says why', async () => {
  const { address } = await shown();
  const words = new Map<string, number>();
  const stop = new AbortController();
  const asking = Promise.all([1, 2, 3].map(async () => {
    while (!stop.signal.aborted) {
      const answer = await ask(address);
      const word = answer.status === 200 ? /"token":"(\w+)"/.exec(await answer.text())?.[1] ?? 'none' : `status ${answer.status}`;
      words.set(word, (words.get(word) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }));
  expect((await neb(`apply -f ${manifest('uno')} -y`)).code).toBe(0);
  expect(await neb('rollout status service/vllm-qwen --timeout 60s')).toMatchObject({ code: 0, stdout: expect.stringMatching(/revision 2 is rolled out/) });
  await expect.poll(() => words.get('uno') ?? 0, { timeout: 20_000 }).toBeGreaterThan(10);

  expect((await neb(`apply -f ${manifest('bad', 'health: { path: /, port: 9, interval: 1s }\n')} -y`)).code).toBe(0);
  const failed = await neb('rollout status service/vllm-qwen --timeout 60s');
  expect([failed.code, failed.stderr + failed.stdout]).toEqual([1, expect.stringMatching(/revision 3 was given up.*port 9/s)]);
  const before = words.get('uno')!;
  await expect.poll(() => words.get('uno')!, { timeout: 20_000 }).toBeGreaterThan(before + 10);
  stop.abort();
  await asking;
  expect([...words.keys()].toSorted()).toEqual(['one', 'uno']);
}, 180_000);

test('nothing is kept where nothing comes, and the next request brings it back', async () => {
  await expect.poll(async () => (await shown()).replicas, { timeout: 60_000, interval: 500 }).toMatchObject({ ready: 0, desired: 0 });
  const { address } = await shown();
  expect(await (await ask(address)).text()).toContain('"token":"uno"');
}, 120_000);
