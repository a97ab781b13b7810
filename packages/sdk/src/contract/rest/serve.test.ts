import { Validator } from '@seriousme/openapi-schema-validator';
import { NebError } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { type Body, door } from '../../../test/door.ts';
import { openApiDocument } from '../index.ts';

const names = ({ containers }: Body): string[] => containers.map(({ metadata }) => metadata.name);
const web = { metadata: { name: 'web', namespace: '-' }, image: 'busybox' };

describe('containers', () => {
  test('have the original\'s shape: seconds in metadata, a number for the cost', async () => {
    const { ask, setStatus } = await door();
    const { status, json } = await ask('POST', '/v1/containers', web);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      kind: 'Container', image: 'busybox', restart: 'Never',
      metadata: { name: 'web', namespace: 'alice', owner: 'alice@example.com', created_at: 1_795_507_200, updated_at: 1_795_507_200, created_by: 'alice@example.com' },
      status: { status: 'pending', ready: false, cost_per_hr: 0.25 },
    });
    setStatus({ namespace: 'alice', name: 'web' }, { cost_per_hr: undefined });
    expect((await ask('GET', '/v1/containers/alice/web')).json.status).not.toHaveProperty('cost_per_hr');
  });

  test('are found by id, by name, and by name in one\'s own namespace', async () => {
    const { ask } = await door();
    const { json } = await ask('POST', '/v1/containers', web);
    for (const path of [json.metadata.id, 'alice/web', '-/web']) expect((await ask('GET', `/v1/containers/${path}`)).json).toEqual(json);
    expect((await ask('GET', '/v1/containers/alice/other')).json).toEqual({ error: { code: 'not_found', message: 'there is no container alice/other', requestId: expect.any(String) } });
  });

  test('are listed whole, or in pages where that is asked for', async () => {
    const { ask, neb } = await door();
    await neb.apply(Array.from({ length: 5 }, (_, n) => ({ kind: 'Container', metadata: { name: `c${n}`, namespace: n < 3 ? 'a' : 'b' }, image: 'x' })));
    expect(names((await ask('GET', '/v1/containers')).json)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
    expect(names((await ask('GET', '/v1/containers?namespace=b')).json)).toEqual(['c3', 'c4']);
    const first = await ask('GET', '/v1/containers?limit=2');
    expect(names(first.json)).toEqual(['c0', 'c1']);
    expect(names((await ask('GET', `/v1/containers?limit=2&cursor=${first.json.next}`)).json)).toEqual(['c2', 'c3']);
  });

  test('are created from what the original\'s clients send: unknown fields and nulls are dropped', async () => {
    const { ask } = await door();
    const { status, json } = await ask('POST', '/v1/containers', {
      ...web, api_key: 'x', queue: null, env: [{ key: 'A', value: 1, type: 'x' }], restart: 'always', accelerators: ['A100'], volumes: [{ source: 's3://b', dest: '/d', hot: true }],
      metadata: { name: 'web', uid: 1 }, health_check: { port: 80, retrys: 3 },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({ env: [{ key: 'A', value: '1' }], restart: 'Always', accelerators: ['1:A100'], health_check: { port: 80 }, metadata: { namespace: 'alice' } });
    expect(JSON.stringify(json)).not.toMatch(/api_key|uid|retrys|hot/);
  });

  test('with a wrong value are refused with the field', async () => {
    const { ask } = await door();
    const { status, json } = await ask('POST', '/v1/containers', { ...web, restart: 'sometimes', extra: 1 });
    expect(status).toBe(422);
    expect(json.error).toMatchObject({ code: 'invalid', message: expect.stringContaining('restart') });
  });

  test('are changed field by field', async () => {
    const { ask } = await door();
    await ask('POST', '/v1/containers', { ...web, command: 'sleep 1' });
    const patched = await ask('PATCH', '/v1/containers/-/web', { labels: { team: 'a' }, timeout: '1h', unknown: 1 });
    expect(patched.json).toMatchObject({ image: 'busybox', command: 'sleep 1', timeout: '1h', metadata: { name: 'web', labels: { team: 'a' } } });
    expect((await ask('PATCH', '/v1/containers/-/web', { image: 'other' })).json).toMatchObject({ image: 'other', command: 'sleep 1', metadata: { labels: { team: 'a' } } });
  });

  test('are left alone where a change needs a new instance and no_delete forbids it', async () => {
    const { ask } = await door();
    await ask('POST', '/v1/containers', web);
    expect(await ask('PATCH', '/v1/containers/-/web', { image: 'other', no_delete: true })).toMatchObject({
      status: 422, json: { error: { message: 'changing image of container alice/web needs a new instance, which no_delete forbids' } },
    });
    expect((await ask('GET', '/v1/containers/-/web')).json.image).toBe('busybox');
  });

  test('are searched by equality and containment', async () => {
    const { ask, neb } = await door();
    await neb.apply([
      { kind: 'Container', metadata: { name: 'a', namespace: 'alice', labels: { tier: 'web', x: 'y' } }, image: 'nginx', env: { A: 1, B: 2 }, accelerators: ['2:L4'], proxy_port: 80 },
      { kind: 'Container', metadata: { name: 'b', namespace: 'other' }, image: 'nginx', resources: { min_cpu: 2, max_cpu: 4 } },
    ]);
    for (const [body, found] of [
      [{}, ['a', 'b']], [{ image: 'nginx', namespace: '-' }, ['a']], [{ labels: { tier: 'web' } }, ['a']], [{ labels: { tier: 'db' } }, []],
      [{ env: [{ key: 'B' }] }, ['a']], [{ accelerators: ['2:L4'] }, ['a']], [{ accelerators: ['L4'] }, []], [{ proxy_port: 80 }, ['a']],
      [{ resources: { min_cpu: 2 } }, ['b']], [{ platform: null, cpu_request: 'ignored' }, ['a', 'b']],
    ] as const) {
      const { json } = await ask('POST', '/v1/containers/search', body);
      expect(names(json), JSON.stringify(body)).toEqual(found);
    }
  });

  test('are deleted', async () => {
    const { ask } = await door();
    await ask('POST', '/v1/containers', web);
    expect(await ask('DELETE', '/v1/containers/alice/web')).toMatchObject({ status: 200, json: { metadata: { name: 'web' } } });
    expect((await ask('GET', '/v1/containers')).json).toEqual({ containers: [] });
  });

  test('give their log as one JSON string', async () => {
    const { ask, logs } = await door();
    const { json } = await ask('POST', '/v1/containers', web);
    expect((await ask('GET', '/v1/containers/alice/web/logs')).json).toBe('');
    for (const text of ['one "two"', 'drei\u2028ü\\']) logs.push({ at: '2026-11-24T08:00:00Z', stream: 'stdout', text, attempt: 1, position: '' });
    expect((await ask('GET', '/v1/containers/alice/web/logs')).json).toBe('one "two"\ndrei\u2028ü\\\n');
    expect((await ask('GET', `/v1/containers/${json.metadata.id}/logs?tail=1&timestamps=true`)).json).toBe('2026-11-24T08:00:00Z drei\u2028ü\\\n');
    expect(await ask('GET', '/v1/containers/alice/nothing/logs')).toMatchObject({ status: 404 });
    expect(await ask('GET', '/v1/containers/alice/web/logs?tail=many')).toMatchObject({ status: 422, json: { error: { message: expect.stringContaining('tail') } } });
  });
});

describe('secrets', () => {
  test('are a bare list without values, and keep their value to reveal', async () => {
    const { ask } = await door();
    const made = await ask('POST', '/v1/secrets', { metadata: { name: 'key' }, value: 'hunter2', expires_at: 1_900_000_000 });
    expect(made.json).toEqual({ kind: 'Secret', metadata: expect.objectContaining({ name: 'key', namespace: 'alice' }), expires_at: 1_900_000_000 });
    expect((await ask('GET', '/v1/secrets')).json).toEqual([made.json]);
    expect((await ask('GET', '/v1/secrets/-/key')).json).toEqual(made.json);
    expect((await ask('POST', '/v1/secrets/-/key/reveal')).json).toEqual({ value: 'hunter2' });
    await ask('PUT', `/v1/secrets/${made.json.metadata.id}`, { value: 'correct horse' });
    expect((await ask('POST', '/v1/secrets/alice/key/reveal')).json).toEqual({ value: 'correct horse' });
    expect((await ask('DELETE', '/v1/secrets/alice/key')).status).toBe(200);
    expect((await ask('GET', '/v1/secrets')).json).toEqual([]);
  });

  test('are not quoted in an error', async () => {
    const { ask } = await door();
    for (const body of ['{"value": "hunter2"', '{"value": hunter2}', { value: { a: 'hunter2' } }, { value: 'hunter2', expires_at: 'hunter2', metadata: { name: '?' } }]) {
      const { status, json } = await ask('POST', '/v1/secrets', body);
      expect(status).toBe(422);
      expect(JSON.stringify(json)).not.toContain('hunter2');
    }
  });
});

test('namespaces are wrapped, and "-" is one\'s own', async () => {
  const { ask } = await door();
  await ask('POST', '/v1/namespaces', { metadata: { name: 'alice', owner: 'alice@example.com' } });
  expect((await ask('GET', '/v1/namespaces')).json).toMatchObject({ namespaces: [{ kind: 'Namespace', metadata: { name: 'alice', created_at: 1_795_507_200 } }] });
  expect((await ask('GET', '/v1/namespaces/-')).json).toMatchObject({ metadata: { name: 'alice' } });
  expect((await ask('DELETE', '/v1/namespaces/alice')).status).toBe(200);
});

test('one\'s own profile has what the original\'s SDK needs', async () => {
  const { ask } = await door();
  expect((await ask('GET', '/v1/users/me')).json).toEqual({
    email: 'alice@example.com', handle: 'alice', display_name: 'alice', organizations: { acme: { org_name: 'acme', org_role: 'developer' } }, admin: false,
  });
});

test('what the original did not have is there too', async () => {
  const { ask } = await door();
  expect((await ask('POST', '/v1/apply', { manifests: [{ kind: 'Container', ...web }] })).json).toMatchObject({ applied: [{ kind: 'Container', outcome: 'created', name: 'web' }] });
  expect((await ask('POST', '/v1/apply', { manifests: [{ kind: 'Container', imag: 'x' }] })).status).toBe(422);
  expect((await ask('GET', '/v1/events?limit=5')).json).toEqual({ events: [] });
  expect((await ask('GET', '/v1/platforms')).json).toMatchObject({ platforms: [{ name: 'docker' }] });
  expect((await ask('GET', '/v1/offers')).json).toMatchObject({ offers: [{ price_per_hour: '0' }] });
  const narrow = await ask('GET', '/v1/offers?platform=aws&accelerator=H100,L4&memory_gib=40&count=8&region=r&spot=false&max_price=2.50');
  expect(narrow.json).toMatchObject({ offers: [{ platform: 'aws', type: JSON.stringify({ region: 'r', count: 8, memoryGiB: 40, maxPrice: '2.5', accelerators: ['H100', 'L4'], spot: false }) }] });
  expect((await ask('GET', '/v1/offers?count=0')).status).toBe(422);
  expect((await ask('GET', '/v1/offers?max_price=-1')).status).toBe(422);
  expect((await ask('GET', `/v1/offers?accelerator=${'x'.repeat(101)}`)).status).toBe(422);
  expect((await ask('GET', '/v1/containers/-/web/usage')).json).toEqual({ cpus: 0.5, memoryBytes: 1024 });
  expect((await ask('GET', '/v1/containers/-/web/explain')).json).toMatchObject({ places: [{ platform: 'docker' }] });
  expect((await ask('GET', '/v1/version', undefined, { authorization: '' })).json).toMatchObject({ version: '1.2.3' });
});

describe('errors', () => {
  test('have one shape, and the request\'s id in the header too', async () => {
    const { ask, services } = await door();
    Object.assign(services.containers, { list: () => Promise.reject(new NebError('rate_limited', 'slow down', { hint: 'Wait.', retryAfterMs: 1_200, details: { a: 1 } })) });
    const { status, headers, json } = await ask('GET', '/v1/containers');
    expect(status).toBe(429);
    expect(json).toEqual({ error: { code: 'rate_limited', message: 'slow down', hint: 'Wait.', details: { a: 1 }, retryAfterMs: 1_200, requestId: headers.get('x-request-id') } });
    expect(headers.get('retry-after')).toBe('2');
  });

  test('of a fault are hidden, and told to the server', async () => {
    const { ask, services, server } = await door();
    Object.assign(services.containers, { list: () => Promise.reject(new Error('hunter2')) });
    const { status, json } = await ask('GET', '/v1/containers');
    expect(status).toBe(500);
    expect(json.error).toEqual({ code: 'internal', message: `internal error, request id ${json.error.requestId}`, hint: expect.any(String), requestId: expect.any(String) });
    expect(server.faults).toMatchObject([{ path: '/v1/containers', error: { message: 'hunter2' } }]);
  });

  test.each([
    ['GET', '/v1/nonsense', 404, 'not_found'],
    ['GET', '/v1/containers/%E0%A4%A', 404, 'not_found'],
    ['DELETE', '/v1/containers', 501, 'unsupported'],
    ['POST', '/v1/containers', 422, 'invalid'],
  ])('%s %s is %d', async (method, path, status, code) => {
    const { ask } = await door();
    expect(await ask(method, path, method === 'POST' ? '{' : undefined)).toMatchObject({ status, json: { error: { code } } });
  });

  test('say who may ask', async () => {
    const { ask } = await door();
    const { status, headers, json } = await ask('GET', '/v1/containers', undefined, { authorization: 'Bearer wrong' });
    expect([status, headers.get('www-authenticate'), json.error.code]).toEqual([401, 'Bearer', 'unauthenticated']);
  });

  test('stop a body that is too large', async () => {
    const { ask } = await door();
    expect(await ask('POST', '/v1/secrets', { value: 'x'.repeat(5_000_000) })).toMatchObject({ status: 422, json: { error: { message: 'the request is larger than 4194304 bytes' } } });
  });

  test('do not change what the next request means', async () => {
    const { ask, neb } = await door();
    await ask('GET', '/v1/containers?limit=2');
    await ask('POST', '/v1/containers', { ...web, spot: 'false' });
    expect(await neb.check([{ kind: 'Container', spot: 'false' }])).toMatchObject([[{ path: ['spot'] }]]);
  });
});

test('the OpenAPI document is valid, and describes every route once', async () => {
  const { ask } = await door();
  const document = openApiDocument({ version: '1.2.3' });
  expect((await ask('GET', '/v1/openapi.json', undefined, { authorization: '' })).json).toEqual(JSON.parse(JSON.stringify(document)));
  expect(await new Validator().validate({ ...document })).toEqual({ valid: true });
  const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
  expect(document.components.schemas.Container).toMatchObject({ properties: { command: { description: expect.stringMatching(/^Replaces the entrypoint/) } } });
  expect(JSON.stringify(document)).not.toContain('#/$defs/');
});
