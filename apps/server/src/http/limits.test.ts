import { createNeb } from '@neb/sdk';
import { expect, test } from 'vitest';
import { type ServedOptions, served, token } from '../../test/served.ts';
import { ada } from '../../test/stage.ts';

const keys: ServedOptions['authenticate'] = async ({ authorization }) => (authorization?.startsWith('Bearer key-') ? { ...ada, credential: authorization.slice(7) } : undefined);
const slow: ServedOptions = { running: false, authenticate: keys, rate: { perSecond: 0.5, burst: 2 } };
const as = (key: string): RequestInit => ({ headers: { authorization: `Bearer ${key}` } });

test.each(['/v1/containers', '/trpc/whoami'])('a credential that asks too much is told so by %s, and when to go on', async (path) => {
  await using s = await served(slow);
  for (const _ of [1, 2]) expect((await fetch(`${s.url}${path}`, as('key-1'))).status).toBe(200);
  const answer = await fetch(`${s.url}${path}`, as('key-1'));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '2']);
  const body = (await answer.json()) as { error: { data?: { neb: unknown } } };
  expect(body.error.data?.neb ?? body.error).toMatchObject({ code: 'rate_limited', message: 'these are too many requests with one credential', retryAfterMs: expect.any(Number) });
  expect((await fetch(`${s.url}${path}`, as('key-2'))).status).toBe(200);
  expect(await (await fetch(`${s.url}/metrics`)).text()).toContain('neb_rate_limited_total{by="credential"} 1');
});

test('a batch costs as much as its calls', async () => {
  await using s = await served(slow);
  expect((await fetch(`${s.url}/trpc/whoami,whoami?batch=1`, as('key-1'))).status).toBe(200);
  expect((await fetch(`${s.url}/trpc/whoami?batch=1`, as('key-1'))).status).toBe(429);
});

test('sockets count too', async () => {
  await using s = await served({ ...slow, running: true });
  const [made] = await createNeb({ url: s.url, token }).apply([{ kind: 'Container', metadata: { name: 'web', namespace: 'ada' }, image: 'a' }]);
  await s.until(made!.id!, 'running');
  const neb = createNeb({ url: s.url, token: 'key-1', retry: false });
  for (const _ of [1, 2]) await neb.containers.run({ id: made!.id! }, ['true']).catch(() => undefined);
  await expect(neb.containers.run({ id: made!.id! }, ['true'])).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
});

test('an address that sends wrong credentials is held back sooner, and those with good ones from there are not', async () => {
  await using s = await served({ ...slow, rate: { perSecond: 10, burst: 20 } });
  const statuses: number[] = [];
  for (let at = 0; at < 4; at++) statuses.push((await fetch(`${s.url}/v1/containers`, as(`wrong-${at}`))).status);
  expect(statuses).toEqual([401, 401, 429, 429]);
  expect((await fetch(`${s.url}/v1/containers`, as('key-1'))).status).toBe(200);
  expect((await fetch(`${s.url}/healthz`)).status).toBe(200);
});

test('the local token is never held back', async () => {
  await using s = await served(slow);
  for (let at = 0; at < 20; at++) expect((await s.ask('/v1/containers')).status).toBe(200);
});

test('the client waits as long as it is told, and then gets its answer', async () => {
  await using s = await served({ ...slow, rate: { perSecond: 20, burst: 1 } });
  const neb = createNeb({ url: s.url, token: 'key-1' });
  for (let at = 0; at < 4; at++) expect((await neb.whoami()).handle).toBe('ada');
});
