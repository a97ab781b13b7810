import { execFile } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { lightFetch } from './light-fetch.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => {
  server.closeAllConnections();
  server.close();
}));

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((done) => server.once('listening', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an answer has its status, its text and its JSON', async () => {
  const url = await serve((request, response) => void text(request).then((body) => response.writeHead(418).end(JSON.stringify({ method: request.method, token: request.headers.authorization, body }))));
  const answer = await lightFetch(`${url}/x?y=1`, { method: 'POST', headers: { authorization: 'Bearer t' }, body: 'hällo' });
  expect([answer.ok, answer.status, answer.url]).toEqual([false, 418, `${url}/x?y=1`]);
  expect(await answer.json()).toEqual({ method: 'POST', token: 'Bearer t', body: 'hällo' });
});

test('a body is streamed in both directions', async () => {
  const url = await serve((request, response) => void request.pipe(response));
  const sent = Buffer.alloc(3_000_000, 'x');
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < sent.length; at += 50_000) yield sent.subarray(at, at + 50_000);
  }
  const answer = await lightFetch(url, { method: 'PUT', body: ReadableStream.from(body()) });
  let received = 0;
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) received += chunk.length;
  expect(received).toBe(sent.length);
});

test('a body that is refused before it was read is an answer all the same', async () => {
  const url = await serve((_request, response) => void response.writeHead(413).end('too much'));
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(100_000);
  }
  const stop = new AbortController();
  const answer = await lightFetch(url, { method: 'PUT', body: ReadableStream.from(endless()), signal: stop.signal });
  expect([answer.status, await answer.text()]).toEqual([413, 'too much']);
  stop.abort();
});

test('an answer that breaks off throws a TypeError, as fetch does', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('some');
    setTimeout(() => response.destroy(), 20);
  });
  await expect((await lightFetch(url)).text()).rejects.toThrow(TypeError);
});

test('where nobody listens, the error has the system\'s code', async () => {
  const url = await serve(() => undefined);
  servers.splice(0).forEach((server) => server.close());
  await expect(lightFetch(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('an aborted call rejects, before and after its answer began', async () => {
  const url = await serve((_request, response) => void response.writeHead(200).write('some'));
  const stop = new AbortController();
  const answer = await lightFetch(url, { signal: stop.signal });
  const reading = answer.text();
  stop.abort();
  await expect(reading).rejects.toThrow();
  await expect(lightFetch(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
});

test('none of what it is there to do without is loaded', async () => {
  const url = await serve((_request, response) => void response.end('"here"'));
  const script = `
    const { lightFetch } = await import(${JSON.stringify(new URL('light-fetch.ts', import.meta.url).href)});
    const answer = await (await lightFetch(${JSON.stringify(url)})).json();
    console.log(answer, process.moduleLoadList.filter((name) => name.includes('undici/undici')).length);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(stdout).toBe('here 0\n');
});
