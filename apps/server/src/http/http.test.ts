import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { createNeb } from '@neb/sdk';
import { describe, expect, test } from 'vitest';
import { served, token } from '../../test/served.ts';
import { ada, stage, take } from '../../test/stage.ts';

const web = { kind: 'Container', metadata: { name: 'web', namespace: 'shop' }, image: 'a' };
const json = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

describe('without a valid token', () => {
  const doors = [
    '/trpc/containers.list', '/trpc/whoami', '/trpc/platforms.list', '/v1/containers', '/v1/secrets', '/v1/namespaces', '/v1/users/me',
    '/v1/containers/shop/web', '/v1/containers/shop/web/logs', '/v1/containers/shop/web/files?path=/', '/v1/secrets/shop/key',
  ];
  test.each(doors)('%s answers 401 with a body of one shape', async (path) => {
    await using s = await served({ running: false });
    for (const authorization of [undefined, 'Bearer wrong', `Basic ${token}`, `Bearer ${token}x`]) {
      const answer = await fetch(`${s.url}${path}`, { headers: authorization === undefined ? {} : { authorization } });
      expect(answer.status).toBe(401);
      const body = (await answer.json()) as { error: { data: { neb: unknown } } };
      const failure = path.startsWith('/trpc') ? body.error.data.neb : body.error;
      expect(failure).toMatchObject({ code: 'unauthenticated', message: 'this needs a valid token', hint: expect.any(String) });
    }
  });

  test.each(['/', '/healthz', '/readyz', '/metrics', '/v1/openapi.json'])('%s answers', async (path) => {
    await using s = await served({ running: false });
    expect((await fetch(`${s.url}${path}`)).status).toBe(200);
  });

  test('no command is run and no port is reached', async () => {
    await using s = await served();
    const [made] = await createNeb({ url: s.url, token }).apply([web]);
    await s.until(made!.id!, 'running');
    const stranger = createNeb({ url: s.url, token: 'wrong', retry: false });
    await expect(stranger.containers.run({ namespace: 'shop', name: 'web' }, ['true'])).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(stranger.containers.dial({ namespace: 'shop', name: 'web' }, 80)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('a name that is not ours', () => {
  test('gets nothing, with the right token or without one', async () => {
    await using s = await served({ running: false });
    for (const path of ['/', '/healthz', '/v1/containers', '/trpc/whoami']) {
      const { status, body } = await askAs(s.port, path, 'evil.example.com');
      expect(status, path).toBe(403);
      expect(JSON.parse(body)).toMatchObject({ error: { code: 'unauthorized', message: expect.stringContaining('evil.example.com') } });
    }
  });

  test('gets no socket either', async () => {
    await using s = await served({ running: false });
    const answer = await raw(s.port, `GET /v1/containers/shop/web/exec HTTP/1.1\r\nhost: evil.example.com\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nauthorization: Bearer ${token}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
  });
});

test('pages of other origins may not read answers unless they are listed', async () => {
  await using closed = await served({ running: false });
  expect((await closed.ask('/v1/containers', { headers: { origin: 'https://dash.example.com' } })).headers.get('access-control-allow-origin')).toBeNull();
  await using open = await served({ running: false, corsOrigins: ['https://dash.example.com'] });
  const preflight = await fetch(`${open.url}/v1/containers`, { method: 'OPTIONS', headers: { origin: 'https://dash.example.com', 'access-control-request-method': 'POST' } });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('https://dash.example.com');
});

test('without a list no page of another origin may even ask', async () => {
  await using s = await served({ running: false });
  const preflight = await fetch(`${s.url}/v1/containers`, { method: 'OPTIONS', headers: { origin: 'https://evil.example.com', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } });
  expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

describe('every answer', () => {
  test.each(['/', '/metrics', '/v1/openapi.json', '/v1/containers', '/v1/containers/shop/nope', '/trpc/whoami', '/trpc/nope', '/nowhere'])('says at %s that it is no page and not to be kept, and not what made it', async (path) => {
    await using s = await served({ running: false });
    const { headers } = await s.ask(path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    for (const banner of ['server', 'x-powered-by', 'via']) expect(headers.has(banner)).toBe(false);
  });

  test('does so where there was no request to speak of', async () => {
    await using s = await served({ running: false });
    expect(await raw(s.port, 'hello\r\n\r\n')).toContain('\r\nx-content-type-options: nosniff\r\n');
    expect(await raw(s.port, 'GET /v1/no-socket HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')).toContain('\r\nx-content-type-options: nosniff\r\n');
  });
});

describe('a first line that names no path', () => {
  test.each(['//', '///', '/\\\\', '*', '//v1/containers', 'http://', 'http://localhost/healthz', '/%', '/v1/%zz', 'a:b'])('%s is answered, and so is the next request', async (target) => {
    await using s = await served({ running: false });
    const head = `host: localhost\r\nauthorization: Bearer ${token}\r\n`;
    expect(await raw(s.port, `GET ${target} HTTP/1.1\r\n${head}connection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 [24]\d\d /);
    expect(await raw(s.port, `GET ${target} HTTP/1.1\r\n${head}connection: upgrade\r\nupgrade: websocket\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect((await s.ask('/healthz')).status).toBe(200);
  });
});

describe('errors', () => {
  test('have one shape, with a code, a sentence and the id under which the log knows them', async () => {
    await using s = await served({ running: false });
    const answer = await s.ask('/v1/containers/shop/web', { headers: { 'x-request-id': 'mine-1' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect(await answer.json()).toEqual({ error: { code: 'not_found', message: 'there is no container shop/web', hint: expect.any(String), requestId: 'mine-1' } });
    expect(s.logged.join('')).toContain('mine-1');
  });

  test('at nowhere say where the API is', async () => {
    await using s = await served({ running: false });
    const answer = await s.ask('/nowhere');
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'not_found', hint: 'The API is at /v1 and /trpc.' } }]);
  });

  test('of our own tell the client nothing but the request\'s id, and the log everything', async () => {
    await using s = await served({ running: false, provider: (cloud) => ({ ...cloud.provider, refusal: () => { throw new Error('inner secret'); } }) });
    const answer = await s.ask('/v1/containers', json(web));
    const body = await answer.text();
    expect(answer.status).toBe(500);
    expect(body).not.toContain('inner');
    expect(JSON.parse(body).error).toMatchObject({ code: 'internal', requestId: answer.headers.get('x-request-id') });
    expect(s.logged.join('')).toContain('inner secret');
  });
});

test('changes of one container at once are all kept, and so is what none of them names', async () => {
  const patches = [{ command: 'sleep 1' }, { timeout: '1h' }, { queue: 'q' }, { labels: { team: 'a' } }, { platform: 'memory' }];
  await using inside = stage({ running: false });
  const allHaveRead = Promise.withResolvers<void>();
  let reads = 0;
  const get: typeof inside.api.containers.get = async (...asked) => {
    const read = await inside.api.containers.get(...asked);
    if (++reads === patches.length) allHaveRead.resolve();
    await allHaveRead.promise;
    return read;
  };
  await inside.api.apply(ada, { manifests: [{ ...web, metadata: { ...web.metadata, owner_ref: 'app.shop.Container' } }], mode: 'create' });
  await using s = await served({ on: { ...inside, api: { ...inside.api, containers: { ...inside.api.containers, get } } } });
  const answers = await Promise.all(patches.map((patch) => s.ask('/v1/containers/shop/web', { ...json(patch), method: 'PATCH' })));
  expect(answers.map(({ status }) => status)).toEqual(patches.map(() => 200));
  expect(await (await s.ask('/v1/containers/shop/web')).json()).toMatchObject({
    command: 'sleep 1', timeout: '1h', queue: 'q', platform: 'memory', metadata: { labels: { team: 'a' }, owner_ref: 'app.shop.Container' },
  });
});

describe('a request that is too much', () => {
  test.each(['/trpc/manifests.write', '/v1/containers'])('is refused by %s: larger than the limit', async (path) => {
    await using s = await served({ running: false, maxBodyBytes: 1_000 });
    const answer = await s.ask(path, json({ image: 'x'.repeat(2_000) }));
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('larger than 1000 bytes');
  });

  test('is refused where it hides its size', async () => {
    await using s = await served({ running: false, maxBodyBytes: 1_000 });
    const body = new ReadableStream({ pull: (out) => out.enqueue(new TextEncoder().encode('x'.repeat(500))) });
    const answer = await s.ask('/v1/containers', { method: 'POST', body, duplex: 'half' }).then(({ status }) => status, () => 'cut');
    expect([422, 413, 'cut']).toContain(answer);
  });

  test('is cut off where its head or its body never comes to an end', async () => {
    await using s = await served({ running: false, headMs: 60, bodyMs: 60 });
    expect(await raw(s.port, 'GET / HTTP/1.1\r\nhost: localhost\r\n')).toMatch(/^HTTP\/1.1 408 /);
    expect(await raw(s.port, `POST /v1/containers HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\n{`)).not.toMatch(/^HTTP\/1.1 200/);
  });

  test('is refused where its head is too long or has too many lines', async () => {
    await using s = await served({ running: false });
    expect(await raw(s.port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    expect(await raw(s.port, `GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${'a: b\r\n'.repeat(200)}\r\n`)).toMatch(/^HTTP\/1.1 422 .*more than 100 headers/s);
  });

  test('that is no HTTP gets 400', async () => {
    await using s = await served({ running: false });
    expect(await raw(s.port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });
});

test('tRPC, REST and the client give the same container', async () => {
  await using s = await served();
  const neb = createNeb({ url: s.url, token, namespace: 'shop' });
  const [made] = await neb.apply([web]);
  await s.until(made!.id!, 'running');
  expect(await neb.containers.get({ name: 'web' })).toMatchObject({ metadata: { id: made!.id }, status: { status: 'running' } });
  expect(await (await s.ask('/v1/containers')).json()).toMatchObject({ containers: [{ metadata: { id: made!.id, name: 'web' } }] });
  expect((await neb.containers.run({ name: 'web' }, ['echo', 'hi'])).exitCode).toBe(0);
});

test('the token is in no log line, nor is a secret\'s value', async () => {
  await using s = await served();
  const neb = createNeb({ url: s.url, token, namespace: 'shop' });
  await neb.apply([{ kind: 'Secret', metadata: { name: 'key', namespace: 'shop' }, value: 'canary-9f2' }, { ...web, env: [{ key: 'K', secret_name: 'key' }] }]);
  await neb.secrets.reveal({ name: 'key' });
  await s.ask('/v1/secrets', json({ metadata: { name: 'other', namespace: 'shop' }, value: 'canary-9f2', vlaue: 'canary-9f2' }));
  await s.ask(`/v1/containers?token=${token}`);
  const lines = s.logged.join('');
  expect(lines).toContain('/trpc/secrets.reveal');
  expect(lines).not.toContain(token);
  expect(lines).not.toContain('canary-9f2');
  expect(await (await s.ask('/metrics')).text()).not.toMatch(/canary|shop|web/);
});

test('a follower of a log goes on over a restart of the server, with each line once', async () => {
  const first = await served();
  const neb = createNeb({ url: first.url, token, namespace: 'shop', retry: { attempts: 5 } });
  const [made] = await neb.apply([web]);
  await first.until(made!.id!, 'running');
  const following = neb.containers.logs({ name: 'web' }, { follow: true })[Symbol.asyncIterator]();
  expect((await following.next()).value).toMatchObject({ text: 'running a' });
  const next = following.next();
  await first.http.close();
  await using _ = await served({ on: first, port: first.port });
  first.cloud.exit(`${made!.id}-1`, 0);
  expect((await next).value).toMatchObject({ text: 'exited 0' });
  expect((await following.next()).done).toBe(true);
});

describe('on its way out the server', () => {
  test('takes no new connections, finishes what it has begun, and cuts streams', async () => {
    let answer = (): void => {};
    const slow = new Promise<void>((resolve) => { answer = resolve; });
    const s = await served({ running: false, provider: (cloud) => ({ ...cloud.provider, readiness: async () => { await slow; return undefined; } }) });
    const begun = s.ask('/v1/platforms');
    const stream = take(createNeb({ url: s.url, token, retry: false }).containers.watch(), 1);
    stream.catch(() => {});
    await new Promise((go) => setTimeout(go, 100));
    const closed = s.http.close();
    await expect(stream).rejects.toMatchObject({ code: 'unavailable' });
    await expect(fetch(s.url)).rejects.toThrow();
    answer();
    expect((await begun).status).toBe(200);
    await closed;
  });

  test('says goodbye to open sockets', async () => {
    const s = await served();
    const neb = createNeb({ url: s.url, token, namespace: 'shop' });
    const [made] = await neb.apply([web]);
    await s.until(made!.id!, 'running');
    const connection = await neb.containers.dial({ name: 'web' }, 80);
    const reading = take(connection.readable, 1).catch((error: unknown) => error);
    await s.http.close();
    expect(await reading).toMatchObject({ code: 'unavailable' });
    await connection[Symbol.asyncDispose]();
  });
});

test('a port that is taken is told as that', async () => {
  await using s = await served({ running: false });
  await expect(served({ on: s, port: s.port })).rejects.toMatchObject({ code: 'conflict', message: `port ${s.port} on 127.0.0.1 is taken` });
});

test('what Prometheus reads counts containers and requests', async () => {
  await using s = await served({ running: false });
  await s.ask('/v1/containers', json(web));
  await s.ask('/v1/containers/shop/nope');
  const text = await (await fetch(`${s.url}/metrics`)).text();
  expect(text).toContain('neb_containers{status="pending"} 1');
  expect(text).toContain('neb_http_requests_total{door="v1",method="POST",status="200"} 1');
  expect(text).toContain('neb_http_requests_total{door="v1",method="GET",status="404"} 1');
  expect(text).toContain('process_resident_memory_bytes');
});

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** fetch does not let a caller choose the Host header. */
function askAs(port: number, path: string, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, path, host: '127.0.0.1', headers: { host, authorization: `Bearer ${token}` } }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => { body += chunk.toString(); });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject).end();
  });
}

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (data) => { heard += data.toString(); });
  socket.write(text);
  await once(socket, 'close');
  return heard;
}
