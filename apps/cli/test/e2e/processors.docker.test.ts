import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProcess, type InProcessOptions } from './in-process.ts';
import type { Ran } from './command.ts';
import { type TestServer, testServer } from './server.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../../..');
const image = 'neb/example-worker:latest';
let server: TestServer;
let home: string;
const neb = (line: string | readonly string[], options: Partial<InProcessOptions> = {}): Promise<Ran> =>
  inProcess(typeof line === 'string' ? line.split(' ') : line, { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: server.token, LANG: 'C.UTF-8' }, ...options });
const json = async <T>(line: string): Promise<T> => JSON.parse((await neb(`${line} -o json`)).stdout) as T;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-processors-'));
  await run(join(root, 'examples/processors/translator/make-images.sh'), [], { timeout: 120_000 });
  // Without REDIS_URL it starts a Redis of its own.
  server = await testServer({ NEB_PLATFORMS: 'docker' });
}, 180_000);
afterAll(async () => {
  await neb('delete processors --all -n my-app -y --wait --timeout 60s');
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
}, 120_000);

interface Shown {
  readonly status: { readonly status: string; readonly replicas: { readonly ready: number; readonly desired: number }; readonly stream: string };
}

async function workers(count: number): Promise<void> {
  await expect.poll(async () => (await json<Shown>('get processor translator -n my-app')).status.replicas.ready, { timeout: 60_000, interval: 250 }).toBe(count);
}

describe('a processor as the README writes it', () => {
  test('is created with no worker, and woken by its first message', async () => {
    const manifest = `kind: Processor
metadata: { name: translator, namespace: my-app }
stream: my-app:workers:translator
container: { image: ${image}, platform: docker }
schema:
  - name: text_to_translate
    type: string
    required: true
min_workers: 0
max_workers: 2
max_attempts: 2
scale:
  up: { above_pressure: 100, duration: 10s }
  down: { below_pressure: 10, duration: 1s }
  zero: { duration: 4s }
`;
    writeFileSync(join(home, 'translator.yaml'), manifest);
    expect(await neb(`create processor -f ${join(home, 'translator.yaml')} --wait --wait-timeout 30s`)).toMatchObject({ code: 0, stdout: expect.stringContaining('processor/translator created in my-app') });
    expect(await json<Shown>('get processor translator -n my-app')).toMatchObject({ status: { stream: 'my-app:workers:translator', replicas: { ready: 0 } } });

    expect(await neb(['send', 'processor', 'translator', '--data', '{"text_to_translate": "Dlrow Olleh"}', '-n', 'my-app'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^message \S+ sent to processor\/translator\n$/) });
    expect(await neb(['send', 'processor', 'translator', '--data', '{"text_to_translate": "abc"}', '-n', 'my-app', '--wait', '--timeout', '60s'])).toMatchObject({ code: 0, stdout: '{"translated_text":"cba"}\n' });
    // The answer may be here before anybody has seen that its worker runs.
    await expect.poll(async () => (await neb('get processors -n my-app')).stdout, { timeout: 10_000 }).toMatch(/NAMESPACE +NAME +STREAM +REPLICAS +STATUS +PRESSURE +AGE\nmy-app +translator +my-app:workers:translator +1\/1 \(0-2\) +running/);
  }, 120_000);

  test('refuses what its schema does, with the path', async () => {
    const refused = await neb(['send', 'processor', 'translator', '--data', '{"text": "abc"}', '-n', 'my-app']);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('text_to_translate') });
    const lines = await neb('send processor translator -f - -n my-app', { stdin: '{"text_to_translate": "abc"}\n\n{"text_to_translate": 7}\n{}\n' });
    expect(lines).toMatchObject({ code: 2, stderr: expect.stringMatching(/<stdin>:3:1: text_to_translate: must be a string, not a number\n.*<stdin>:4:1: text_to_translate: is missing/s) });
    const response = await fetch(`${server.url}/v1/processors/my-app/translator/messages`, { method: 'POST', headers: { authorization: `Bearer ${server.token}` }, body: '{"content":{"text_to_translate":7}}' });
    expect([response.status, JSON.stringify(await response.json())]).toEqual([422, expect.stringContaining('text_to_translate')]);
  });

  test('answers piece by piece, many lines at once, and each key once', async () => {
    expect(await neb(['send', 'processor', 'translator', '--data', '{"text_to_translate": "owt eno", "word_by_word": true}', '-n', 'my-app', '--stream', '--timeout', '60s'])).toMatchObject({ code: 0, stdout: 'one two\n' });
    const lines = Array.from({ length: 50 }, (_, n) => `{"text_to_translate":"m${n}x"}\n`).join('');
    expect(await neb('send processor translator -f - -n my-app --wait --key batch', { stdin: lines })).toMatchObject({ code: 0, stdout: Array.from({ length: 50 }, (_, n) => `{"translated_text":"x${[...String(n)].reverse().join('')}m"}\n`).join('') });
    const before = (await json<{ items: unknown[] }>('read processor translator --num 1000 -n my-app')).items.length;
    expect(await neb('send processor translator -f - -n my-app --key batch', { stdin: lines })).toMatchObject({ code: 0, stdout: '50 messages sent to processor/translator\n' });
    expect((await json<{ items: unknown[] }>('read processor translator --num 1000 -n my-app')).items).toHaveLength(before);
    expect((await json<{ items: { content: object }[] }>('read processor translator --num 3 -n my-app')).items.map(({ content }) => content)).toEqual([47, 48, 49].map((n) => ({ text_to_translate: `m${n}x` })));
  }, 120_000);

  test('tells what its workers wrote', async () => {
    expect((await neb('logs processor/translator -n my-app')).stdout).toMatch(/^translator-\S+ \| message \S+: "Dlrow Olleh"$/m);
  });

  test('keeps what it gave up, with its error, until it is replayed or forgotten', async () => {
    const failed = await neb(['send', 'processor', 'translator', '--data', '{"text_to_translate": ""}', '-n', 'my-app', '--wait', '--timeout', '60s']);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('there is nothing to translate') });
    const letters = async (): Promise<readonly { id: string; error: string }[]> => (await json<{ items: { id: string; error: string }[] }>('dead-letters processor translator -n my-app')).items;
    await expect.poll(letters, { timeout: 10_000 }).toEqual([expect.objectContaining({ error: expect.stringContaining('there is nothing to translate'), content: { text_to_translate: '' } })]);
    expect(await neb(`dead-letters replay translator ${(await letters())[0]!.id} -n my-app`)).toMatchObject({ code: 0, stdout: '1 dead letter of processor/translator sent anew\n' });
    await expect.poll(async () => (await letters()).length, { timeout: 20_000 }).toBe(1);
    expect(await neb('dead-letters purge translator --all -y -n my-app')).toMatchObject({ code: 0, stdout: '1 dead letter of processor/translator forgotten\n' });
    expect(await letters()).toEqual([]);
  }, 60_000);

  test('is scaled by hand, explains itself, and goes back to zero', async () => {
    expect(await neb('scale processor translator --replicas 2 -n my-app')).toMatchObject({ code: 0, stdout: 'processor/translator keeps 2 workers\n' });
    await workers(2);
    expect((await json<{ health: object }>('describe processor translator -n my-app')).health).toEqual({ status: 'ok' });
    expect((await neb('explain processor translator -n my-app')).stdout).toMatch(/asked for by hand[\s\S]*Policy[\s\S]*0 to 2/);
    expect(await neb('scale processor/translator --auto -n my-app')).toMatchObject({ code: 0 });
    await workers(0);
    const idle = (await neb('describe processor translator -n my-app')).stdout;
    expect(idle).toMatch(/Status: +idle/);
    expect(idle).not.toContain('Health');
  }, 120_000);

  test('is deleted with all that was in its stream', async () => {
    expect(await neb('delete processor translator -n my-app --wait --timeout 60s')).toMatchObject({ code: 0, stdout: 'processor/translator deleted\n' });
    expect((await neb('get containers -n my-app -o name')).stdout).not.toContain('translator');
  }, 90_000);
});

test('a worker needs no more than redis-cli', async () => {
  expect(await neb(`create processor -f ${join(root, 'examples/processors/redis-cli.yaml')}`)).toMatchObject({ code: 0 });
  expect(await neb(['send', 'processor', 'shell-reverser', '--data', '{"text_to_translate": "Dlrow Olleh"}', '-n', 'my-app', '--wait', '--timeout', '60s'])).toMatchObject({ code: 0, stdout: '{"translated_text":"hellO worlD"}\n' });
}, 90_000);
