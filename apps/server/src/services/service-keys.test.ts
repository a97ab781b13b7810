import type { Services } from '@neb/sdk/contract';
import { expect, test } from 'vitest';
import { ada, admin, eve, type Stage, stage } from '../../test/stage.ts';

const ref = { namespace: 'shop', name: 'web' };
const manifest = { kind: 'Service', metadata: ref, container: { image: 'nginx' } };
const make = async (api: Services): Promise<void> => void (await api.apply(ada, { manifests: [manifest], mode: 'apply' }));
const kept = async (s: Stage): Promise<string> => JSON.stringify(await s.store.find({ kind: 'Service', ...ref }));

test('a key of a door is shown once, written down as a hash, listed, and revoked', async () => {
  await using s = stage({ running: false });
  await make(s.api);
  const { key, token } = await s.api.services.createKey(ada, { ref, name: 'shop-front' });
  expect(token).toMatch(new RegExp(`^nebd_${key.id}_[0-9a-f]{64}$`));
  expect(key).toEqual({ id: key.id, name: 'shop-front', created_at: expect.any(String), created_by: 'ada@example.com', expires_at: undefined });
  expect(await s.api.services.keys(ada, ref)).toEqual([key]);
  expect(await kept(s)).toContain(key.id);
  expect(await kept(s)).not.toContain(token.split('_')[2]);
  expect(JSON.stringify([await s.api.services.get(ada, ref), await s.api.services.explain(ada, ref), (await s.api.services.list(ada, {})).items])).not.toContain('sha256');
  await expect(s.api.services.createKey(ada, { ref, name: 'shop-front' })).rejects.toMatchObject({ code: 'conflict', message: 'service shop/web has a key shop-front already' });
  await make(s.api);
  expect(await s.api.services.keys(ada, ref)).toEqual([key]);
  expect(await s.api.services.revokeKey(ada, { ref, id: key.id })).toEqual(key);
  expect(await s.api.services.keys(ada, ref)).toEqual([]);
  expect(await kept(s)).not.toContain(key.id);
  await expect(s.api.services.revokeKey(ada, { ref, id: key.id })).rejects.toMatchObject({ code: 'not_found', message: `service shop/web has no key ${key.id}` });
});

test('a key of a door may expire, and its name is free then', async () => {
  await using s = stage({ running: false });
  await make(s.api);
  await expect(s.api.services.createKey(ada, { ref, name: 'a', expires_at: '2020-01-01T00:00:00.000Z' })).rejects.toMatchObject({ code: 'invalid' });
  const soon = new Date(Date.now() + 300).toISOString();
  const { key } = await s.api.services.createKey(ada, { ref, name: 'a', expires_at: soon });
  expect(key.expires_at).toBe(soon);
  await expect.poll(async () => (await s.api.services.createKey(ada, { ref, name: 'a' }).catch(() => undefined))?.key.name, { timeout: 5_000 }).toBe('a');
  expect((await s.api.services.keys(ada, ref)).map(({ id }) => id)).not.toContain(key.id);
});

test('a service has at most 100 keys', async () => {
  await using s = stage({ running: false });
  await make(s.api);
  for (let n = 0; n < 100; n++) await s.api.services.createKey(ada, { ref, name: `k${n}` });
  await expect(s.api.services.createKey(ada, { ref, name: 'more' })).rejects.toMatchObject({ code: 'quota' });
});

test('who makes a key of a door could change the service and pass the door, and all of it is on record', async () => {
  await using s = stage({ running: false });
  await make(s.api);
  const { key } = await s.api.services.createKey(ada, { ref, name: 'a' });
  for (const [who, code] of [
    [eve, 'not_found'],
    [{ ...ada, scope: { verbs: ['read'] } }, 'unauthorized'], [{ ...ada, scope: { verbs: ['write'] } }, 'unauthorized'], [{ ...ada, scope: { verbs: ['run'] } }, 'unauthorized'],
    [{ ...ada, scope: { namespaces: ['other'] } }, 'not_found'],
  ] as const) {
    await expect(s.api.services.createKey(who, { ref, name: 'b' })).rejects.toMatchObject({ code });
  }
  await expect(s.api.services.revokeKey(eve, { ref, id: key.id })).rejects.toMatchObject({ code: 'not_found', message: 'there is no service shop/web' });
  await expect(s.api.services.keys(eve, ref)).rejects.toMatchObject({ code: 'not_found' });
  await s.api.services.createKey({ ...ada, scope: { verbs: ['write', 'run'] } }, { ref, name: 'b' });
  await s.api.services.revokeKey(ada, { ref, id: key.id });
  const { items } = await s.api.audit.list(admin, {});
  expect(items.map(({ entry }) => entry).filter(({ kind }) => kind === 'Key').map(({ who, verb, name, namespace, owner, outcome }) => [who, verb, name, namespace, owner, outcome])).toEqual([
    ['ada@example.com', 'delete', 'web/a', 'shop', 'ada@example.com', 'ok'], ['ada@example.com', 'create', 'web/b', 'shop', 'ada@example.com', 'ok'], ['ada@example.com', 'create', 'web/a', 'shop', 'ada@example.com', 'ok'],
  ]);
  expect(JSON.stringify(items)).not.toContain('nebd_');
});
