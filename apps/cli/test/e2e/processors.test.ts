import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ran } from './command.ts';
import { inProcess } from './in-process.ts';
import { type StandIn, standIn } from './stand-in.ts';

let server: StandIn;
let home: string;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'neb-processors-'));
  server = await standIn();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});
const neb = (args: string | readonly string[], stdin?: string): Promise<Ran> =>
  inProcess([...(typeof args === 'string' ? args.split(' ') : args), '-n', 'my-app'], { env: { HOME: home, NEB_SERVER: server.url, NEB_TOKEN: 't', LANG: 'C.UTF-8' }, stdin });

describe('neb send', () => {
  test('sends what --data says, as the README has it', async () => {
    expect(await neb(['send', 'processor', 'translator', '--data', '{"text_to_translate": "Dlrow Olleh"}'])).toMatchObject({ code: 0, stdout: 'message m0 sent to processor/translator\n', stderr: '' });
    expect(await neb('send messages translator --data 7 -o json')).toMatchObject({ code: 0, stdout: expect.stringContaining('"message_id": "m1"') });
    expect(await neb('send translator --data [1] --key k -q')).toMatchObject({ code: 0, stdout: 'm2\n' });
    expect(server.sent).toEqual([{ content: { text_to_translate: 'Dlrow Olleh' } }, { content: 7 }, { content: [1], key: 'k' }]);
  });

  test('sends a document of several lines, JSON or YAML, from a file or stdin', async () => {
    writeFileSync(join(home, 'm.yaml'), '# a comment\ntext:\n  - a\n');
    expect(await neb(['send', 'processor', 'translator', '-f', join(home, 'm.yaml')])).toMatchObject({ code: 0, stdout: '1 message sent to processor/translator\n' });
    expect(await neb('send processor translator -f -', '{\n  "text": "b"\n}\n')).toMatchObject({ code: 0 });
    expect(await neb('send processor translator', '\ntext: c')).toMatchObject({ code: 0 });
    expect(server.sent.map(({ content }) => content)).toEqual([{ text: ['a'] }, { text: 'b' }, { text: 'c' }]);
  });

  test('sends a line each in batches, with a key of its line each', async () => {
    const { code, stdout } = await neb('send processor translator -f - --key k', `{"n":0}\n\n${Array.from({ length: 2_500 }, (_, n) => `{"n":${n + 1}}`).join('\n')}`);
    expect([code, stdout]).toEqual([0, '2501 messages sent to processor/translator\n']);
    expect(server.sent.map(({ content }) => content)).toEqual(Array.from({ length: 2_501 }, (_, n) => ({ n })));
    expect(server.sent.slice(0, 2).map(({ key }) => key)).toEqual(['k-1', 'k-3']);
    expect(Math.max(...server.batches)).toBeLessThanOrEqual(1_000);
    expect(server.batches.length).toBeLessThan(10);
  });

  test('tells the line that is wrong, and what was sent before', async () => {
    expect(await neb('send processor translator -f -', `${'1\n'.repeat(1_000)}"bad"\n2\n`)).toMatchObject({ code: 2, stdout: '', stderr: '<stdin>:1001:1: text: is missing\n1000 messages before these were sent.\nrequest r1\n' });
    expect(await neb('send processor translator -f -', '{"a":1}\nnonsense\n')).toMatchObject({ code: 2, stderr: expect.stringContaining('<stdin>:2:1: this line is not JSON') });
    expect(await neb('send processor translator -f -', '')).toMatchObject({ code: 2, stderr: expect.stringContaining('holds no message') });
    expect(await neb('send processor nobody --data 1')).toMatchObject({ code: 3, stderr: expect.stringContaining('there is no processor nobody') });
    expect(await neb(['send', 'processor', 'translator', '--data', '"bad"'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--data: text: is missing') });
  });

  test('waits for the answer, and prints what it says', async () => {
    expect(await neb('send processor translator --data 1 --wait')).toMatchObject({ code: 0, stdout: '{"translated_text":"Hello World"}\n' });
    server.answer = () => [{ status: 'stream', content: 'Hello' }, { status: 'stream', content: ' World' }, { status: 'success', content: null }];
    expect(await neb('send processor translator --data 1 --wait')).toMatchObject({ code: 0, stdout: 'Hello World\n' });
    expect(JSON.parse((await neb('send processor translator --data 1 --wait -o json')).stdout)).toEqual({ message_id: 'm2', content: null, chunks: ['Hello', ' World'] });
    expect(await neb('send processor translator --data 1 --stream')).toMatchObject({ code: 0, stdout: 'Hello World\n' });
    expect((await neb('send processor translator --data 1 --stream -o json')).stdout.trimEnd().split('\n').map((text) => JSON.parse(text) as unknown)).toMatchObject([{ content: 'Hello', status: 'stream' }, { content: ' World' }, { content: null, status: 'success' }]);
    server.answer = () => [{ status: 'stream', content: { n: 1 } }, { status: 'success', content: { n: 2 } }];
    expect(await neb('send processor translator --data 1 --stream')).toMatchObject({ code: 0, stdout: '{"n":1}\n{"n":2}\n' });
  });

  test('exits with 1 for an answer that is an error, and prints those to the others in their order', async () => {
    server.answer = (content) => (content === 20 ? [{ status: 'error', content: { error: 'no such tongue' } }] : [{ status: 'success', content }]);
    expect(await neb('send processor translator --data 20 --wait')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('answered message m0 with an error: no such tongue') });
    const many = await neb('send processor translator -f - --wait', Array.from({ length: 40 }, (_, n) => `${n}\n`).join(''));
    expect(many).toMatchObject({ code: 1, stdout: Array.from({ length: 40 }, (_, n) => n).filter((n) => n !== 20).map((n) => `${n}\n`).join('') });
    expect(many.stderr).toMatch(/no such tongue[\s\S]*1 of 40 messages were answered with an error/);
  });
});

test('neb read shows the latest, the newest last', async () => {
  expect(await neb('read processor translator')).toMatchObject({ code: 0, stdout: '', stderr: 'The stream of processor/translator is empty.\n' });
  await neb('send processor translator -f -', '{"t":"a"}\n{"t":"b"}\n"c"\n');
  const { code, stdout, stderr } = await neb('read processor translator --num 2');
  expect([code, stdout.replaceAll(/^ *\d\S*(?= )/gm, 'AGO')]).toEqual([0, expect.stringMatching(/^ *AGE +MESSAGE +FROM +CONTENT\nAGO +m1 +ada@example.com +\{"t":"b"\}\nAGO +m2 +ada@example.com +c\n$/)]);
  expect(stderr).toBe('There are older ones: --continue 2 shows them.\n');
  expect(JSON.parse((await neb('read processor translator --num 2 --continue 2 -o json')).stdout)).toMatchObject({ kind: 'List', items: [{ content: { t: 'a' } }] });
});

test('neb describe tells what a worker says of itself, and when none says anything', async () => {
  const described = async (): Promise<string> => (await neb('describe processor translator')).stdout;
  expect(await described()).toMatch(/\n +Health: +ok\n/);
  server.health = { status: 'error', message: 'no GPU', details: { driver: 535 } };
  expect(await described()).toMatch(/Health: +error: no GPU, \{"driver":535\}\n/);
  expect(JSON.parse((await neb('describe processor translator -o json')).stdout)).toMatchObject({ health: server.health, policy: { max: 10 } });
  server.health = undefined;
  expect(await described()).toMatch(/Health: +unknown: no worker said within 1 s how it is\n/);
  server.processor = { ...server.processor, status: { ...server.processor.status, replicas: { desired: 0, ready: 0, starting: 0, draining: 0 } } };
  expect(await described()).not.toContain('Health');
});

test('neb get, describe and explain tell replicas, pressure and why', async () => {
  const { stdout } = await neb('get processors');
  expect(stdout).toMatch(/^NAMESPACE +NAME +STREAM +REPLICAS +STATUS +PRESSURE +AGE\nmy-app +translator +my-app:workers:translator +2\/3 \(0-10\) +running +7 +\S+\n$/);
  expect((await neb('get processors -o wide')).stdout).toMatch(/BACKLOG +PENDING.*MESSAGE +\$\/h +SPENT +PROJECTED\n.* \$2\.10 +\$4\.66 +\$340\.65\n$/);
  const explained = (await neb('explain processor translator')).stdout;
  for (const part of ['2 ready, 1 starting', '7 messages wait', '5, the oldest for 3s', '0 to 10', 'above a pressure of 100, after 10s', 'with nothing to do, after 10m', 'running (draining)']) expect(explained).toContain(part);
  expect((await neb('describe processor/translator')).stdout).toMatch(/Stream: +my-app:workers:translator[\s\S]*Specification[\s\S]*neb dead-letters translator -n my-app/);
  expect((await neb('explain processor')).stdout).toContain('min_replicas');
});

test('neb scale keeps a number of workers, or leaves it to the autoscaler', async () => {
  expect(await neb('scale processor translator --replicas 0')).toMatchObject({ code: 0, stdout: 'processor/translator keeps 0 workers\n' });
  expect((await neb('get processors')).stdout).toContain('2/3! (0-10)');
  expect(await neb('scale processor/translator --auto')).toMatchObject({ code: 0, stdout: 'processor/translator is scaled by its pressure\n' });
  expect(server.processor.status).not.toHaveProperty('pinned');
});

test('neb dead-letters lists, replays and purges', async () => {
  expect(await neb('dead-letters processor translator')).toMatchObject({ code: 0, stderr: 'processor/translator has no dead letters.\n' });
  const at = '2026-11-24T08:00:00.000Z';
  for (const id of ['1-0', '2-0', '3-0']) server.dead.push({ id, stream_id: id, content: { t: id }, at, error: 'broken', attempts: 5, died_at: at });
  expect((await neb('dead-letters translator')).stdout).toMatch(/DIED +ID +ATTEMPTS +ERROR +CONTENT\n *\S+ +1-0 +5 +broken +\{"t":"1-0"\}/);
  expect(await neb('dead-letters replay processor translator 1-0')).toMatchObject({ code: 0, stdout: '1 dead letter of processor/translator sent anew\n' });
  expect(await neb('dead-letters replay translator 1-0')).toMatchObject({ code: 3, stderr: expect.stringContaining('has no dead letter 1-0') });
  expect(await neb('dead-letters replay translator')).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
  expect(await neb('dead-letters purge translator --all')).toMatchObject({ code: 2, stderr: expect.stringContaining('Add --yes') });
  expect(await neb('dead-letters purge translator --all -y -o json')).toMatchObject({ code: 0, stdout: expect.stringContaining('"purged": 2') });
});

test.each(['logs processor/translator', 'logs processor translator', 'logs processor/translator -f'])('neb %s prints what all workers wrote, and why one has nothing', async (line) => {
  const { code, stdout, stderr } = await neb(line);
  expect([code, stdout.trimEnd().split('\n').sort(), stderr]).toEqual([0, ['translator-a | hello from a', 'translator-b | hello from b'], 'translator-new: it has not started\n']);
});
