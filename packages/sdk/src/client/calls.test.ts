import { isNebError, NebError } from '@neb/core-types';
import { describe, expect, test } from 'vitest';
import { harness } from '../../test/harness.ts';
import { createNeb } from '../index.ts';

const thrown = async (promise: PromiseLike<unknown>): Promise<NebError> => {
  const error = await Promise.resolve(promise).then(() => undefined, (reason: unknown) => reason);
  if (!isNebError(error)) throw new Error('nothing was refused, or not with a NebError', { cause: error });
  return error;
};

test('an object is created, read, listed and deleted', async () => {
  const { neb } = await harness();
  const created = await neb.containers.create({ metadata: { name: 'web' }, image: 'busybox', env: { A: 1 }, ports: [80] });
  expect(created).toMatchObject({ kind: 'Container', metadata: { name: 'web', namespace: 'alice' }, env: [{ key: 'A', value: '1' }], ports: [{ port: 80 }] });
  expect(await neb.containers.get({ name: 'web' })).toEqual(created);
  expect(await neb.containers.get({ id: created.metadata.id })).toEqual(created);
  expect((await neb.containers.list({ namespace: '-' })).items).toEqual([created]);
  await neb.containers.delete({ name: 'web', namespace: 'alice' });
  expect(await neb.containers.list().all()).toEqual([]);
});

test('a client of a namespace finds what it made there', async () => {
  const { client } = await harness();
  const neb = client({ namespace: 'training' });
  expect(await neb.containers.create({ metadata: { name: 'web' }, image: 'x' })).toMatchObject({ metadata: { namespace: 'training' } });
  expect(await neb.containers.create({ metadata: { name: 'web', namespace: 'other' }, image: 'x' })).toMatchObject({ metadata: { namespace: 'other' } });
  await neb.secrets.create({ metadata: { name: 'key' }, value: 'x' });
  expect(await neb.containers.get({ name: 'web' })).toMatchObject({ metadata: { namespace: 'training' } });
  expect(await neb.secrets.get({ name: 'key', namespace: 'training' })).toMatchObject({ metadata: { name: 'key' } });
});

test('creating refuses a name that is taken, applying does not', async () => {
  const { neb } = await harness();
  await neb.containers.create({ metadata: { name: 'web' }, image: 'a' });
  expect(await thrown(neb.containers.create({ metadata: { name: 'web' }, image: 'b' }))).toMatchObject({ code: 'conflict', hint: 'Use `neb apply`.' });
  expect(await neb.containers.apply({ metadata: { name: 'web' }, image: 'b' })).toMatchObject({ image: 'b' });
});

test('a list goes through all pages when it is iterated, and is its first page when awaited', async () => {
  const { neb } = await harness();
  await neb.apply(Array.from({ length: 5 }, (_, n) => ({ kind: 'Container', metadata: { name: `c${n}` }, image: 'x' })));
  const names: string[] = [];
  for await (const { metadata } of neb.containers.list({ limit: 2 })) names.push(metadata.name);
  expect(names).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  const first = await neb.containers.list({ limit: 2 });
  expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['c0', 'c1']);
  expect((await neb.containers.list({ limit: 2 }).page(first.next)).items.map(({ metadata }) => metadata.name)).toEqual(['c2', 'c3']);
});

test('every other call answers', async () => {
  const { neb } = await harness();
  const { metadata } = await neb.containers.create({ metadata: { name: 'web' }, image: 'x' });
  expect(await neb.version()).toEqual({ version: '1.2.3', fleet: 'f1', database: 'memory' });
  expect(await neb.whoami()).toEqual({ id: 'alice@example.com', handle: 'alice', roles: { 'alice@example.com': 'owner', acme: 'developer' }, admin: false });
  expect(await neb.platforms()).toMatchObject([{ name: 'docker' }]);
  expect(await neb.offers({ platform: 'docker' })).toMatchObject({ offers: [{ price_per_hour: '0' }], unanswered: [] });
  expect(await neb.containers.usage(metadata)).toEqual({ cpus: 0.5, memoryBytes: 1024 });
  expect(await neb.containers.explain(metadata)).toMatchObject({ container: { metadata: { name: 'web' } }, places: [{ platform: 'docker', fits: true }] });
  expect(await neb.events.list({ objectId: metadata.id })).toEqual({ items: [] });
  expect(await neb.check([{ kind: 'Container' }, { kind: 'Container', imag: 'x' }])).toMatchObject([[], [{ path: ['imag'] }]]);
  expect(await neb.namespaces.create({ metadata: { name: 'training' } })).toMatchObject({ kind: 'Namespace', metadata: { name: 'training', namespace: '' } });
  expect(await neb.namespaces.get({ name: 'training' })).toMatchObject({ status: { status: 'active' } });
});

test('a dry run says what would happen and changes nothing', async () => {
  const { neb } = await harness();
  expect(await neb.apply([{ kind: 'Container', metadata: { name: 'web' }, image: 'x' }], { dryRun: true })).toMatchObject([{ outcome: 'created', name: 'web' }]);
  expect(await neb.containers.list().all()).toEqual([]);
});

describe('errors', () => {
  test('come back as they were thrown, with the request\'s id', async () => {
    const { neb, services } = await harness();
    const refuse = async (): Promise<never> => {
      throw new NebError('quota', 'four GPUs are the limit', { hint: 'Delete one.', details: { limit: 4 }, retryAfterMs: 1_500 });
    };
    Object.assign(services.containers, { usage: refuse });
    expect(await thrown(neb.containers.usage({ name: 'web' }))).toMatchObject({
      code: 'quota', message: 'four GPUs are the limit', hint: 'Delete one.', retryAfterMs: 1_500, details: { limit: 4, requestId: 'r0' },
    });
  });

  test('of a fault of the server\'s own are hidden, and told to the server', async () => {
    const { neb, services, server } = await harness();
    Object.assign(services, { platforms: () => Promise.reject(new Error('connect to postgres://neb:hunter2@db failed')) });
    const error = await thrown(neb.platforms());
    expect(error).toMatchObject({ code: 'internal', message: 'internal error, request id r0' });
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('hunter2');
    expect(server.faults).toMatchObject([{ path: 'platforms.list', requestId: 'r0', error: { message: 'connect to postgres://neb:hunter2@db failed' } }]);
  });

  test('of an answer that is not what it should be are faults too', async () => {
    const { neb, services, server } = await harness();
    Object.assign(services, { platforms: async () => [{ name: 'docker', ready: 'yes' }] });
    expect(await thrown(neb.platforms())).toMatchObject({ code: 'internal' });
    expect(server.faults).toHaveLength(1);
  });

  test('of an input say which field', async () => {
    const { neb } = await harness();
    const error = await thrown(neb.containers.list({ limit: 0 }));
    expect(error.code).toBe('invalid');
    expect(error.message).toMatch(/^the request is not valid: limit: /);
    expect(await thrown(neb.apply([]))).toMatchObject({ code: 'invalid', message: 'the request is not valid: manifests: needs at least one manifest' });
  });

  test('of a missing or wrong token are unauthenticated, and the token is in no URL', async () => {
    const { client, server } = await harness();
    expect(await thrown(client({ token: 'secret-wrong-token' }).containers.list())).toMatchObject({ code: 'unauthenticated' });
    expect(await thrown(client({ token: undefined }).whoami())).toMatchObject({ code: 'unauthenticated' });
    expect(await thrown(client({ token: 'secret-wrong-token' }).containers.exec({ name: 'x' }, { command: ['true'] }))).toMatchObject({ code: 'unauthenticated' });
    expect(server.asked.join()).not.toContain('token');
  });

  test('never hold a secret\'s value', async () => {
    const { neb } = await harness();
    for (const manifest of [{ kind: 'Secret', value: 'hunter2', expires_at: {} }, { kind: 'Secret', value: ['hunter2'] }, { kind: 'Secret', value: 'hunter2', nme: 'x' }]) {
      const error = await thrown(neb.apply([manifest]));
      expect(error.code).toBe('invalid');
      expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('hunter2');
    }
  });

  test('of a server that is not there name it and a way out', async () => {
    const { neb, server } = await harness();
    await server.stop();
    expect(await thrown(neb.version())).toMatchObject({
      code: 'unavailable', message: `no server answers at ${server.url} (connection refused)`, hint: 'Start one with `neb up`, or name another with --server or NEB_SERVER.',
    });
    expect(await thrown(neb.containers.exec({ name: 'x' }, { command: ['true'] }))).toMatchObject({ code: 'unavailable', message: `no server answers at ${server.url} (connection refused)` });
    await server.start();
    expect(await neb.version()).toMatchObject({ version: '1.2.3' });
  });

  test('of something else that answers say so', async () => {
    const neb = createNeb({ url: 'http://proxy.example', fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }), retry: false });
    expect(await thrown(neb.version())).toMatchObject({ code: 'unavailable', message: expect.stringContaining('answered 502, but not as a neb server does') });
    const portal = createNeb({ url: 'http://proxy.example', fetch: async () => new Response('<h1>Log in</h1>'), retry: false });
    expect(await thrown(portal.version())).toMatchObject({ code: 'invalid' });
  });
});

describe('trying again', () => {
  const failing = (times: number, status: number): { readonly fetch: typeof fetch; readonly calls: () => number } => {
    let calls = 0;
    return {
      calls: () => calls,
      fetch: async (input, init) => (++calls > times ? fetch(input, init) : new Response('{}', { status })),
    };
  };

  test('reads are repeated until the server is back', async () => {
    const { client } = await harness();
    const flaky = failing(2, 503);
    expect(await client({ fetch: flaky.fetch }).version()).toMatchObject({ version: '1.2.3' });
    expect(flaky.calls()).toBe(3);
  });

  test('changes are not repeated where they may have arrived', async () => {
    const { client } = await harness();
    const flaky = failing(1, 503);
    expect(await thrown(client({ fetch: flaky.fetch }).containers.delete({ name: 'x' }))).toMatchObject({ code: 'unavailable' });
    expect(flaky.calls()).toBe(1);
  });

  test('a change whose answer was cut off is uncertain', async () => {
    const { neb, services, server } = await harness();
    Object.assign(services, { apply: () => {
      server.cut();
      return new Promise(() => undefined);
    } });
    expect(await thrown(neb.apply([{}]))).toMatchObject({ code: 'uncertain' });
  });

  test('a call that is given up rejects with the reason', async () => {
    const { neb, services } = await harness();
    Object.assign(services, { platforms: () => new Promise(() => undefined) });
    await expect(neb.platforms({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('secrets', () => {
  test('are listed without their value, which only reveal tells', async () => {
    const { neb } = await harness();
    const created = await neb.secrets.create({ metadata: { name: 'key' }, value: 'hunter2' });
    expect(JSON.stringify([created, await neb.secrets.list(), await neb.secrets.get({ name: 'key' })])).not.toContain('hunter2');
    expect(await neb.secrets.reveal({ name: 'key' })).toBe('hunter2');
  });

  test('keep their value even where the server says too much', async () => {
    const { neb, services } = await harness();
    const created = await neb.secrets.create({ metadata: { name: 'key' }, value: 'hunter2' });
    const leaky = { ...created, value: 'hunter2', metadata: { ...created.metadata, sealed: 'hunter2' } };
    Object.assign(services.secrets, { get: async () => leaky, list: async () => ({ items: [leaky], position: 'p0' }) });
    expect(JSON.stringify([await neb.secrets.list(), await neb.secrets.get({ name: 'key' })])).not.toContain('hunter2');
  });
});

test('a container shows none but its known fields', async () => {
  const { neb, services } = await harness();
  const created = await neb.containers.create({ metadata: { name: 'web' }, image: 'x' });
  const row = { ...created, secret_row: 1, metadata: { ...created.metadata, finalizers: ['x'] }, status: { ...created.status, lease: 1 } };
  Object.assign(services.containers, { get: async () => row });
  expect(await neb.containers.get({ name: 'web' })).toEqual(created);
});
