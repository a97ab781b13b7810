import type { Identity } from '@neb/identity';
import type { Caller, IdentityServices } from '@neb/sdk/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../../test/people.ts';
import { admin, type Stage, stage } from '../../../test/stage.ts';

let who: Identity;
let set: Stage;
let api: IdentityServices;
beforeAll(async () => {
  who = await people();
  set = stage({ running: false, identity: who });
  api = set.api.identity;
});
afterAll(async () => {
  await set[Symbol.asyncDispose]();
  await who[Symbol.asyncDispose]();
});

let count = 0;
/** A user with a login of its own, as the server knows it now; asking again knows it anew. */
async function person(): Promise<{ readonly id: string; now(): Promise<Caller> }> {
  const { id } = await who.users.invite(`person${count++}@example.com`);
  const { token } = await who.sessions.start({ holder: { is: 'user', id } });
  return { id, now: async () => (await who.authenticate(token))! };
}

/** An organisation with one member of each role that matters. */
async function company() {
  const [owner, adm, dev, stranger] = await Promise.all([person(), person(), person(), person()]);
  const name = `acme-${count++}`;
  await api.organisations.create(await owner.now(), { name });
  await api.members.add(await owner.now(), { organisation: name, user: adm.id, role: 'admin' });
  await api.members.add(await owner.now(), { organisation: name, user: dev.id, role: 'developer' });
  return { name, owner, adm, dev, stranger };
}

describe('organisations', () => {
  test('are their creator\'s, and nobody else learns of them', async () => {
    const { name, owner, dev, stranger } = await company();
    expect(await api.organisations.get(await owner.now(), { name })).toMatchObject({ name, role: 'owner', created_by: owner.id });
    expect(await api.organisations.list(await dev.now())).toMatchObject([{ name, role: 'developer' }]);
    expect(await api.organisations.list(await stranger.now())).toEqual([]);
    for (const wrong of [() => stranger.now().then((s) => api.organisations.get(s, { name })), () => stranger.now().then((s) => api.members.list(s, { organisation: name }))]) {
      await expect(wrong()).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(api.organisations.get(await stranger.now(), { name: 'nowhere' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('are deleted by an owner, once they own nothing', async () => {
    const { name, owner, adm } = await company();
    await expect(api.organisations.delete(await adm.now(), { name })).rejects.toMatchObject({ code: 'unauthorized' });
    await set.api.apply(await owner.now(), { manifests: [{ kind: 'Namespace', metadata: { name: `${name}-space`, owner: name } }], mode: 'create' });
    await expect(api.organisations.delete(await owner.now(), { name })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(`${name}-space`) });
    const other = await company();
    await api.organisations.delete(await other.owner.now(), { name: other.name });
    expect((await other.owner.now()).roles).toEqual({ [other.owner.id]: 'owner' });
  });

  test('are not made under a name that owns something already', async () => {
    const { owner } = await company();
    await set.api.apply(admin, { manifests: [{ kind: 'Namespace', metadata: { name: 'left-over', owner: 'old-owner' } }], mode: 'create' });
    await expect(api.organisations.create(await owner.now(), { name: 'old-owner' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await api.organisations.create(admin, { name: 'old-owner', owner: owner.id })).toMatchObject({ name: 'old-owner' });
    expect((await owner.now()).roles).toMatchObject({ 'old-owner': 'owner' });
    await expect(api.organisations.create(await owner.now(), { name: 'for-others', owner: 'eve@example.com' })).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('members', () => {
  test('are managed by admins, who make and unmake no owners', async () => {
    const { name, owner, adm, dev } = await company();
    const [a, d] = [await adm.now(), await dev.now()];
    const some = { organisation: name, user: 'new@example.com' };
    await expect(api.members.add(d, { ...some, role: 'viewer' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.members.set(d, { organisation: name, user: d.id, role: 'owner' })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await api.members.add(a, { ...some, role: 'viewer' })).toMatchObject({ user: 'new@example.com' });
    await expect(api.members.add(a, { organisation: name, user: 'other@example.com', role: 'owner' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.members.set(a, { organisation: name, user: a.id, role: 'owner' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.members.set(a, { organisation: name, user: owner.id, role: 'viewer' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.members.remove(a, { organisation: name, user: owner.id })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.members.remove(await owner.now(), { organisation: name, user: owner.id })).rejects.toMatchObject({ code: 'conflict' });
    expect(await api.members.set(await owner.now(), { organisation: name, user: a.id, role: 'owner' })).toMatchObject({ role: 'owner' });
  });

  test('may leave', async () => {
    const { name, dev, adm } = await company();
    await expect(api.members.remove(await dev.now(), { organisation: name, user: adm.id })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await api.members.remove(await dev.now(), { organisation: name, user: dev.id })).toMatchObject({ user: dev.id });
    expect((await dev.now()).roles).not.toHaveProperty(name);
  });
});

describe('service accounts', () => {
  test('of owners, and their keys, are the owners\' alone', async () => {
    const { name, owner, adm, dev } = await company();
    const a = await adm.now();
    await expect(api.serviceAccounts.create(await dev.now(), { organisation: name, name: 'ci', role: 'viewer' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.serviceAccounts.create(a, { organisation: name, name: 'root', role: 'owner' })).rejects.toMatchObject({ code: 'unauthorized' });
    await api.serviceAccounts.create(await owner.now(), { organisation: name, name: 'root', role: 'owner' });
    await expect(api.keys.create(a, { name: 'k', service_account: `root@${name}` })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.serviceAccounts.delete(a, { id: `root@${name}` })).rejects.toMatchObject({ code: 'unauthorized' });
    await api.serviceAccounts.create(a, { organisation: name, name: 'ci', role: 'developer' });
    const { token, key } = await api.keys.create(a, { name: 'k', service_account: `ci@${name}` });
    expect(key).toMatchObject({ owner: name, holder: `ci@${name}` });
    const ci = (await who.authenticate(token))!;
    expect(ci).toMatchObject({ id: `ci@${name}`, roles: { [name]: 'developer' } });
    await expect(api.organisations.create(ci, { name: 'mine-now' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.keys.create(ci, { name: 'more' })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await api.organisations.list(ci)).toMatchObject([{ name, role: 'developer' }]);
    expect((await api.keys.list(a, { owner: name })).map((one) => one.name)).toEqual(['k']);
    await expect(api.keys.list(await dev.now(), { owner: name })).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

test('what the rules about owners and about keys forbid is written down as denied, and never as done', async () => {
  const { name, owner, adm } = await company();
  const narrow = (await who.authenticate((await api.keys.create(await adm.now(), { name: 'short', expires_at: '2099-01-01T00:00:00Z' })).token))!;
  const before = (await set.audit.list()).items[0]!.seq;
  const a = await adm.now();
  await api.serviceAccounts.create(await owner.now(), { organisation: name, name: 'boss', role: 'owner' });
  for (const refused of [
    () => api.members.add(a, { organisation: name, user: 'other@example.com', role: 'owner' }),
    () => api.members.set(a, { organisation: name, user: owner.id, role: 'viewer' }),
    () => api.members.remove(a, { organisation: name, user: owner.id }),
    () => api.serviceAccounts.create(a, { organisation: name, name: 'root', role: 'owner' }),
    () => api.serviceAccounts.delete(a, { id: `boss@${name}` }),
    () => api.keys.create(a, { name: 'k', service_account: `boss@${name}` }),
    () => api.keys.create(narrow, { name: 'wider', expires_at: '2100-01-01T00:00:00Z' }),
    () => api.organisations.create(a, { name: `for-${name}`, owner: owner.id }),
  ]) await expect(refused()).rejects.toMatchObject({ code: 'unauthorized' });
  const written = (await set.audit.list()).items.filter(({ seq, entry }) => seq > before && entry.who === adm.id).toReversed();
  expect(written.map(({ entry: { verb, kind, outcome } }) => `${verb} ${kind} ${outcome}`)).toEqual([
    'create Member denied', 'update Member denied', 'delete Member denied', 'create ServiceAccount denied', 'delete ServiceAccount denied', 'create Key denied', 'create Key denied', 'create Organisation denied',
  ]);
  expect(written.every(({ entry }) => entry.why !== undefined)).toBe(true);
});

describe('users', () => {
  test('are listed and changed by administrators of the server, page after page', async () => {
    const { dev } = await company();
    const one = await api.users.list(admin, { limit: 1 });
    expect(one.items).toHaveLength(1);
    const rest = await api.users.list(admin, { limit: 1_000, cursor: one.next });
    expect(rest).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ id: dev.id, admin: false })]) });
    expect(rest.next).toBeUndefined();
    expect(await api.users.set(admin, { user: dev.id, admin: true })).toMatchObject({ id: dev.id, admin: true });
    const now = await dev.now();
    expect(now.admin).toBe(true);
    await expect(api.users.set(now, { user: dev.id, disabled: true })).rejects.toMatchObject({ code: 'conflict' });
    expect(await api.users.set(admin, { user: dev.id, disabled: true })).toMatchObject({ disabled_at: expect.any(String) });
    expect(await dev.now()).toBeUndefined();
    await expect(api.users.set(admin, { user: 'nobody@example.com', admin: true })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('are nobody else\'s to see or change, nor a narrow key\'s to change', async () => {
    const { owner } = await company();
    await expect(api.users.list(await owner.now(), {})).rejects.toMatchObject({ code: 'unauthorized' });
    for (const who of [await owner.now(), { ...admin, scope: { verbs: ['write'] } }, { ...admin, scope: { namespaces: ['web'] } }]) {
      await expect(api.users.set(who, { user: owner.id, admin: true })).rejects.toMatchObject({ code: 'unauthorized' });
    }
    expect((await owner.now()).admin).toBe(false);
  });
});

describe('keys', () => {
  test('are everybody\'s own', async () => {
    const { dev, stranger, owner } = await company();
    const { key } = await api.keys.create(await dev.now(), { name: 'laptop' });
    expect(await api.keys.list(await dev.now(), {})).toEqual([key]);
    for (const other of [stranger, owner]) {
      await expect(api.keys.list(await other.now(), { owner: dev.id })).rejects.toMatchObject({ code: 'not_found' });
      await expect(api.keys.revoke(await other.now(), { id: key.id })).rejects.toMatchObject({ code: 'not_found' });
      await expect(api.keys.create(await other.now(), { name: 'theirs', owner: dev.id })).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await api.keys.revoke(await dev.now(), { id: key.id })).toMatchObject({ id: key.id });
    await expect(api.keys.revoke(await dev.now(), { id: key.id })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of the local token are the administrator\'s, who makes some for others too', async () => {
    const { token, key } = await api.keys.create(admin, { name: 'ops' });
    expect(key).toMatchObject({ owner: 'root', holder: 'root' });
    expect(await who.authenticate(token)).toMatchObject({ id: 'root', admin: true });
    const made = await api.keys.create(admin, { name: 'first', owner: 'Invited@example.com' });
    expect(await who.authenticate(made.token)).toMatchObject({ id: 'invited@example.com', admin: false });
    expect((await api.keys.list(admin, { owner: 'invited@example.com' })).map(({ name }) => name)).toEqual(['first']);
  });

  test('make no key that is wider than themselves', async () => {
    const { name, owner } = await company();
    const me = await owner.now();
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const { token, key } = await api.keys.create(me, { name: 'narrow', scope: { verbs: ['read', 'create'] }, expires_at: soon, spend_cap: '10' });
    const narrow = (await who.authenticate(token))!;
    for (const scope of [{ verbs: ['write'] }, { verbs: ['delete'] }, { verbs: ['get', 'exec'] }]) {
      await expect(api.keys.create(narrow, { name: 'wide', scope })).rejects.toMatchObject({ code: 'unauthorized' });
    }
    await expect(api.keys.create(narrow, { name: 'long', expires_at: '2999-01-01T00:00:00Z' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.keys.create(narrow, { name: 'rich', spend_cap: '10.01' })).rejects.toMatchObject({ code: 'unauthorized' });
    const child = await api.keys.create(narrow, { name: 'child' });
    expect(child.key).toMatchObject({ scope: { verbs: ['read', 'create'] }, expires_at: soon, spend_cap: '10' });
    expect((await api.keys.create(narrow, { name: 'smaller', scope: { verbs: ['get'], namespaces: ['web'] }, spend_cap: '1' })).key).toMatchObject({ scope: { verbs: ['get'], namespaces: ['web'] }, spend_cap: '1' });
    // Nor give anybody a role, or make itself an account without bounds.
    await expect(api.members.add(narrow, { organisation: name, user: 'friend@example.com', role: 'owner' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.serviceAccounts.create(narrow, { organisation: name, name: 'bot', role: 'admin' })).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(api.organisations.create(narrow, { name: 'another' })).rejects.toMatchObject({ code: 'unauthorized' });
    // A login that came of it is bound as it is.
    const login = await who.sessions.start({ holder: key.holder === owner.id ? { is: 'user', id: owner.id } : { is: 'administrator' }, scope: { verbs: ['read', 'create'] }, parent: key.id });
    await expect(api.keys.create((await who.authenticate(login.token))!, { name: 'long', expires_at: '2999-01-01T00:00:00Z' })).rejects.toMatchObject({ code: 'unauthorized' });
    await api.keys.revoke(me, { id: key.id });
    expect(await who.authenticate(child.token)).toBeUndefined();
  });

  test('make no key of a door that outlives them, and that is nobody to the server', async () => {
    const me = await (await person()).now();
    const ref = { namespace: me.handle, name: 'web' };
    await set.api.apply(me, { manifests: [{ kind: 'Service', metadata: ref, container: { image: 'a' } }], mode: 'apply' });
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const { token } = await api.keys.create(me, { name: 'ci', expires_at: soon });
    const ci = (await who.authenticate(token))!;
    await expect(set.api.services.createKey(ci, { ref, name: 'long', expires_at: '2999-01-01T00:00:00Z' })).rejects.toMatchObject({ code: 'unauthorized' });
    const made = await set.api.services.createKey(ci, { ref, name: 'as-long' });
    expect(made.key.expires_at).toBe(soon);
    expect(await who.authenticate(made.token)).toBeUndefined();
    expect((await set.api.services.createKey(me, { ref, name: 'of-a-login' })).key.expires_at).toBeUndefined();
  });

  test('of some namespaces make none for others, and give themselves up', async () => {
    const { owner } = await company();
    const { token, key } = await api.keys.create(await owner.now(), { name: 'web', scope: { namespaces: ['web'] } });
    const narrow = (await who.authenticate(token))!;
    await expect(api.keys.create(narrow, { name: 'other' })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await api.keys.revoke(narrow, { id: key.id })).toMatchObject({ id: key.id });
    expect(await who.authenticate(token)).toBeUndefined();
  });

  test('are for verbs that there are', async () => {
    const { owner } = await company();
    await expect(api.keys.create(await owner.now(), { name: 'typo', scope: { verbs: ['raed'] } })).rejects.toMatchObject({ code: 'invalid' });
  });
});

test('logging out ends the login, and nothing else', async () => {
  const { dev } = await company();
  const me = await dev.now();
  const { token } = await api.keys.create(me, { name: 'k' });
  const keyed = (await who.authenticate(token))!;
  expect(await api.logout(keyed)).toEqual({ ended: false });
  expect(await api.logout(admin)).toEqual({ ended: false });
  expect(await api.logout(me)).toEqual({ ended: true });
  expect(await dev.now()).toBeUndefined();
  expect(await who.authenticate(token)).toBeDefined();
});

test('can says what the call would', async () => {
  const { name, owner, dev } = await company();
  await set.api.apply(await owner.now(), { manifests: [{ kind: 'Namespace', metadata: { name: `${name}-web`, owner: name } }], mode: 'create' });
  const me = await dev.now();
  expect(await api.can(me, { verb: 'create', kind: 'containers', namespace: `${name}-web` })).toEqual({ allowed: true });
  expect(await api.can(me, { verb: 'delete', kind: 'Namespace', namespace: `${name}-web` })).toMatchObject({ allowed: false, why: expect.stringContaining('developer') });
  expect(await api.can(me, { verb: 'get', kind: 'pod', namespace: 'x' }).catch((error: unknown) => error)).toMatchObject({ code: 'invalid' });
  expect(await api.can(me, { verb: 'create', kind: 'service-accounts' })).toEqual({ allowed: true });
  expect(await api.can(me, { verb: 'list', kind: 'platform' })).toEqual({ allowed: true });
  expect(await api.can(me, { verb: 'delete', kind: 'platform' })).toMatchObject({ allowed: false });
});

test('what was changed and what was denied is in the audit log', async () => {
  const { name, owner, dev } = await company();
  await api.members.add(await dev.now(), { organisation: name, user: 'x@example.com', role: 'viewer' }).catch(() => {});
  await api.keys.create(await owner.now(), { name: 'noted' });
  const { items } = await set.audit.list({});
  const noted = items.map(({ entry }) => [entry.who, entry.verb, entry.kind, entry.name, entry.outcome]);
  expect(noted).toContainEqual([dev.id, 'create', 'Member', 'x@example.com', 'denied']);
  expect(noted).toContainEqual([owner.id, 'create', 'Key', 'noted', 'ok']);
});
