import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestOptions } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { later } from '../src/later/later.ts';
import { resultLimits, results } from '../src/later/results.ts';
import type { Gateway } from '../src/index.ts';
import { aGateway, aRoute, get, type Got, handFeed, until, upstream } from './rig.ts';

const async = { prefer: 'respond-async', authorization: 'Bearer mine' };
const mine = { headers: { authorization: 'Bearer mine' } };

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'neb-results-'));
  onTestFinished(() => rm(made, { recursive: true, force: true, maxRetries: 10 }));
  return made;
}

async function answerOf(gateway: Gateway, at: string, options: RequestOptions = mine): Promise<Got> {
  for (;;) {
    const got = await get(gateway, 'a.test', { ...options, path: at });
    if (got.status !== 202) return got;
    expect(got.headers).toMatchObject({ 'retry-after': '1', location: at });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('who does not want to wait for a cold start comes back for the answer', async () => {
  const feed = handFeed(aRoute('a', []));
  await using gateway = await aGateway(feed, { results: await folder() });
  const first = await get(gateway, 'a.test', { method: 'POST', path: '/v1/it?n=1', headers: { ...async, 'content-length': '5' }, body: 'hello' });
  expect([first.status, first.headers['preference-applied'], first.headers['retry-after']]).toEqual([202, 'respond-async', '1']);
  const at = first.headers.location!;
  expect(JSON.parse(first.body)).toEqual({ status: 'pending', result: at });
  expect(at).toMatch(/^\/\.neb\/results\/[\w-]{24}$/);
  expect((await get(gateway, 'a.test', { ...mine, path: at })).status).toBe(202);
  expect((await get(gateway, 'a.test', { ...mine, path: at, method: 'DELETE' })).status).toBe(409);
  await using a = await upstream((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk))).on('end', () => response.writeHead(201, { 'x-kind': 'fine', 'content-type': 'text/plain' }).end(`${request.method} ${request.url} ${body}`));
  });
  feed.put(aRoute('a', [a.origin]));
  const result = await answerOf(gateway, at);
  expect([result.status, result.headers['x-kind'], result.headers['content-type'], result.body]).toEqual([201, 'fine', 'text/plain', 'POST /v1/it?n=1 hello']);
  expect(result.headers['content-length']).toBe(String(result.body.length));
  expect([a.seen.length, a.seen[0]!.headers['prefer'], a.seen[0]!.headers['content-length']]).toEqual([1, undefined, '5']);
  expect(await get(gateway, 'a.test', { ...mine, path: at, method: 'HEAD' })).toMatchObject({ status: 201, body: '' });
  expect((await get(gateway, 'a.test', { ...mine, path: at, method: 'POST', body: '' })).status).toBe(405);
  expect((await get(gateway, 'a.test', { ...mine, path: at, method: 'DELETE' })).status).toBe(204);
  expect((await get(gateway, 'a.test', { ...mine, path: at })).status).toBe(404);
  expect(a.seen).toHaveLength(1);
});

test('a result is for who shows the same credential at the same route', async () => {
  await using a = await upstream((_, response) => void response.end('secret'));
  const feed = handFeed(aRoute('a', [a.origin]), aRoute('b', [a.origin]));
  await using gateway = await aGateway(feed, { results: await folder() });
  const at = (await get(gateway, 'a.test', { headers: async })).headers.location!;
  expect((await answerOf(gateway, at)).body).toBe('secret');
  for (const [host, headers] of [['a.test', {}], ['a.test', { authorization: 'Bearer other' }], ['b.test', mine.headers]] as const) {
    expect(await get(gateway, host, { path: at, headers })).toMatchObject({ status: 404, body: expect.not.stringContaining('secret') });
  }
  expect((await get(gateway, 'a.test', { path: '/.neb/results/../../x', ...mine })).status).toBe(404);
});

test('who waits a while gets an answer that comes in time, and one that is late later', async () => {
  let waitMs = 0;
  await using a = await upstream((_, response) => void setTimeout(() => response.end('there'), waitMs));
  const kept = await folder();
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { results: kept });
  const prompt = await get(gateway, 'a.test', { headers: { prefer: 'respond-async, wait=10' } });
  expect([prompt.status, prompt.body, prompt.headers['preference-applied']]).toEqual([200, 'there', undefined]);
  while ((await readdir(kept)).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  waitMs = 1_500;
  const slow = await get(gateway, 'a.test', { headers: { prefer: 'respond-async, wait=1' } });
  expect(slow.status).toBe(202);
  expect((await answerOf(gateway, slow.headers.location!, {})).body).toBe('there');
});

test('who is refused is told so, and what the gateway itself answers is a result too', async () => {
  await using gateway = await aGateway(handFeed(aRoute('a', [], { holdMs: 50 })), {
    results: await folder(),
    admission: { admit: ({ target }) => (target === '/no' ? { do: 'refuse', status: 403, title: 'Forbidden', detail: 'Not you.' } : { do: 'pass' }) },
  });
  expect((await get(gateway, 'a.test', { path: '/no', headers: async })).status).toBe(403);
  const at = (await get(gateway, 'a.test', { headers: async })).headers.location!;
  expect(await answerOf(gateway, at)).toMatchObject({ status: 503, body: expect.stringContaining('Service Unavailable') });
});

test('an answer that breaks off is no result, and neither is one whose gateway is gone', async () => {
  await using a = await upstream((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half');
    setTimeout(() => response.destroy(), 20);
  });
  const kept = await folder();
  const feed = handFeed(aRoute('a', [a.origin]), aRoute('never', []));
  await using gateway = await aGateway(feed, { results: kept });
  const at = (await get(gateway, 'a.test', { headers: async })).headers.location!;
  expect(await answerOf(gateway, at)).toMatchObject({ status: 502, body: expect.stringContaining('broke off') });
  const never = (await get(gateway, 'never.test', { headers: async })).headers.location!;
  const facts = join(kept, `${never.split('/').at(-1)}.json`);
  await utimes(facts, new Date(0), new Date(0));
  expect(await get(gateway, 'never.test', { path: never, ...mine })).toMatchObject({ status: 502, body: expect.stringContaining('has ended') });
});

test('a client that leaves before it was told to come back leaves nothing behind', async () => {
  const kept = await folder();
  await using gateway = await aGateway(handFeed(aRoute('a', [])), { results: kept });
  const left = get(gateway, 'a.test', { headers: { prefer: 'respond-async, wait=60' }, signal: AbortSignal.timeout(100) });
  await expect(left).rejects.toThrow();
  await until(() => gateway.gauges()[0]?.waiting === 0);
  while ((await readdir(kept)).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('bodies of unknown length or too many results are waited for as if nothing had been preferred', async () => {
  await using a = await upstream((request, response) => void request.resume().on('end', () => response.end('now')));
  const route = aRoute('a', [a.origin]);
  await using gateway = await aGateway(handFeed(route), { results: await folder() });
  const chunked = await get(gateway, 'a.test', { method: 'POST', headers: { ...async, 'transfer-encoding': 'chunked' }, body: 'x' });
  expect([chunked.status, chunked.body]).toEqual([200, 'now']);
  const full = results(await folder(), { limits: { ...resultLimits, most: 1 } });
  const asker = { route: 'r', credential: undefined };
  expect(await full.begin(asker)).toBeDefined();
  expect(await full.begin(asker)).toBeUndefined();
  expect(await later('unused', full).begin({ request: { headers: async } as never, response: {} as never, id: 'i', route: 'r', hasBody: false, body: async () => undefined })).toBeUndefined();
});

test('what is too large is not kept, and what is old or too much goes', async () => {
  const kept = results(await folder(), { limits: { most: 10, bytesEach: 10, bytes: 15, keepMs: 3_600_000 } });
  const asker = { route: 'r', credential: 'mine' };
  const large = (await kept.begin(asker))!;
  await expect(large.write(Buffer.alloc(11))).rejects.toThrow('larger');
  await large.failed('too large');
  expect(await kept.find(large.id, asker)).toEqual({ state: 'failed', why: 'too large' });
  const path = await folder();
  for (const limits of [{ ...resultLimits, bytes: 15 }, { ...resultLimits, keepMs: -1 }]) {
    const ids: string[] = [];
    for (let n = 0; n < 2; n++) {
      const one = (await results(path).begin(asker))!;
      await one.write(Buffer.alloc(10));
      await one.done({ status: 200, headers: [] });
      ids.push(one.id);
      await utimes(join(path, `${one.id}.json`), new Date(Date.now() - 60_000 + n * 1_000), new Date(Date.now() - 60_000 + n * 1_000));
    }
    const after = results(path, { limits });
    const wanted = limits.keepMs < 0 ? [undefined, undefined] : [undefined, 'done'];
    await vi.waitFor(async () => expect((await Promise.all(ids.map((id) => after.find(id, asker)))).map((one) => one?.state)).toEqual(wanted));
  }
});

test('HTTP/2 has them too', async () => {
  await using a = await upstream((_, response) => void response.end('two'));
  await using gateway = await aGateway(handFeed(aRoute('a', [a.origin])), { results: await folder() });
  const session = connect(`http://127.0.0.1:${gateway.address.port}`);
  const stream = session.request({ ':path': '/', ':authority': 'a.test', ...async });
  const [headers] = await new Promise<[Record<string, unknown>]>((resolve) => { stream.on('response', (got) => resolve([got])); });
  expect(headers[':status']).toBe(202);
  expect((await answerOf(gateway, String(headers['location']))).body).toBe('two');
  session.close();
});
