import { expect, test } from 'vitest';
import { harness } from '../../test/harness.ts';
import { token } from '../../test/server.ts';

test('organisations, members, service accounts and keys come and go', async () => {
  const { neb } = await harness();
  expect(await neb.organisations.create({ name: 'acme' })).toMatchObject({ name: 'acme', role: 'owner' });
  expect(await neb.organisations.list()).toEqual([await neb.organisations.get('acme')]);
  await neb.members.add({ organisation: 'acme', user: 'bob@example.com', role: 'viewer' });
  expect(await neb.members.set({ organisation: 'acme', user: 'bob@example.com', role: 'admin' })).toMatchObject({ role: 'admin' });
  expect(await neb.members.list('acme')).toHaveLength(1);
  await neb.members.remove({ organisation: 'acme', user: 'bob@example.com' });
  expect(await neb.serviceAccounts.create({ organisation: 'acme', name: 'ci', role: 'developer' })).toMatchObject({ id: 'ci@acme' });
  expect(await neb.serviceAccounts.list('acme')).toHaveLength(1);
  await neb.serviceAccounts.delete('ci@acme');
  await neb.organisations.delete('acme');
  await expect(neb.organisations.get('acme')).rejects.toMatchObject({ code: 'not_found' });
});

test('a key is answered without what is no field of it, and its secret once', async () => {
  const { neb } = await harness();
  const { key, token: secret } = await neb.keys.create({ name: 'laptop', scope: { verbs: ['read'] } });
  expect(secret).toBe('neb_id-laptop_secret');
  expect(key).not.toHaveProperty('secret_sha256');
  expect(await neb.keys.list()).toEqual([key]);
  expect(await neb.keys.revoke(key.id)).toEqual(key);
  await expect(neb.members.add({ organisation: 'acme', user: 'bob@example.com', role: 'king' as 'owner' })).rejects.toMatchObject({ code: 'invalid' });
});

test('what one could do is asked in one\'s own namespace where that is meant', async () => {
  const { neb } = await harness();
  expect(await neb.can({ verb: 'get', kind: 'Container' })).toEqual({ allowed: true });
  expect(await neb.can({ verb: 'delete', kind: 'Container', namespace: '-' })).toEqual({ allowed: false, why: 'no delete of Container in alice' });
  expect(await neb.logout()).toEqual({ ended: true });
});

test('users are listed page after page, and changed where that is asked for', async () => {
  const { neb } = await harness();
  expect((await neb.users.list({ limit: 2 }).all()).map(({ id }) => id)).toEqual(['ada@example.com', 'bob@example.com', 'eve@example.com']);
  expect(await neb.users.set({ user: 'eve@example.com', disabled: true })).toMatchObject({ admin: false, disabled_at: expect.any(String) });
  expect(await neb.users.set({ user: 'eve@example.com', disabled: false, admin: true })).toEqual({ id: 'eve@example.com', handle: 'eve', admin: true, created_at: expect.any(String) });
  await expect(neb.users.set({ user: 'nobody@example.com', admin: true })).rejects.toMatchObject({ code: 'not_found' });
});

test('REST has the same', async () => {
  const { server } = await harness();
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${token}` }, ...(body && { body: JSON.stringify(body) }) });
    return { status: response.status, json: await response.json() };
  };
  await ask('POST', '/v1/organisations', { name: 'acme' });
  expect(await ask('PUT', '/v1/organisations/acme/members/bob%40example.com', { role: 'viewer' })).toMatchObject({ status: 200, json: { user: 'bob@example.com', role: 'viewer' } });
  expect(await ask('GET', '/v1/organisations/acme/members')).toMatchObject({ json: { members: [{ user: 'bob@example.com' }] } });
  expect(await ask('POST', '/v1/organisations/acme/service_accounts', { name: 'ci', role: 'viewer' })).toMatchObject({ json: { id: 'ci@acme' } });
  expect(await ask('DELETE', '/v1/service_accounts/ci%40acme')).toMatchObject({ status: 200 });
  expect(await ask('POST', '/v1/keys', { name: 'k', secret: 'mine' })).toMatchObject({ status: 422 });
  expect(await ask('POST', '/v1/keys', { name: 'k' })).toMatchObject({ json: { token: 'neb_id-k_secret' } });
  expect(await ask('GET', '/v1/can?verb=get&kind=Container')).toMatchObject({ json: { allowed: true } });
  expect(await ask('GET', '/v1/users?limit=1')).toMatchObject({ json: { users: [{ id: 'ada@example.com' }], next: 'ada@example.com' } });
  expect(await ask('PATCH', '/v1/users/bob%40example.com', { admin: true })).toMatchObject({ json: { id: 'bob@example.com', admin: true } });
  expect(await ask('POST', '/v1/logout')).toMatchObject({ json: { ended: true } });
});
