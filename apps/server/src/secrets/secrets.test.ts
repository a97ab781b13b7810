import { format, inspect } from 'node:util';
import { newId } from '@neb/core-types';
import { fakeClock, seededRandom } from '@neb/core-types/testing';
import type { Resource, SecretStore } from '@neb/scheduler';
import { describe, expect, test } from 'vitest';
import { seal, unseal } from './envelope.ts';
import { keyring } from './keyring.ts';
import { secretText } from './secret-text.ts';
import { vault } from './vault.ts';

const clock = fakeClock();
const random = seededRandom(1);

function secretStore(): SecretStore & { readonly values: Map<string, Uint8Array>; readonly keys: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  const keys = new Map<string, Uint8Array>();
  return {
    values,
    keys,
    sealed: async (id) => values.get(id),
    seal: async (id, value) => void values.set(id, value),
    dataKey: async (namespace, make) => {
      if (!keys.has(namespace)) keys.set(namespace, make());
      return keys.get(namespace)!;
    },
    dataKeys: async (after = '') => [...keys].filter(([namespace]) => namespace > after).sort().map(([namespace, wrapped]) => ({ namespace, wrapped })),
    replaceDataKey: async ({ namespace, wrapped }, by) => {
      const same = Buffer.from(keys.get(namespace)!).equals(wrapped);
      if (same) keys.set(namespace, by);
      return same;
    },
  };
}

function secret(more: Partial<Resource<'Secret'>> = {}): Resource<'Secret'> {
  const now = new Date(clock.now()).toISOString();
  return {
    kind: 'Secret', id: newId(random), namespace: 'my-app', name: 'token', owner: 'me', labels: {}, seq: 1, version: 1, generation: 1,
    spec: { value_version: '1' }, status: {}, finalizers: [], createdBy: 'me', createdAt: now, updatedAt: now, ...more,
  };
}

async function kept(store: SecretStore, key = 'key one') {
  const safe = vault({ store, keyring: keyring([secretText(key)]), clock, random });
  const one = secret();
  await store.seal(one.id, await safe.seal(one, 'hunter2 ✓'));
  return { safe, one };
}

describe('a secret value', () => {
  test('is revealed by name only, however it is printed', () => {
    const value = secretText('hunter2');
    const printed = [String(value), JSON.stringify({ value }), inspect({ value }, { depth: 9 }), format('%s %o %j', value, value, value), `${value.toString()}`];
    expect(printed.join(' ')).not.toContain('hunter2');
    expect(JSON.stringify({ value })).toBe('{"value":"***"}');
    expect(value.reveal()).toBe('hunter2');
  });
});

describe('the vault', () => {
  test('opens what it sealed, and the store sees no plain text', async () => {
    const store = secretStore();
    const { safe, one } = await kept(store);
    expect((await safe.open(one)).reveal()).toBe('hunter2 ✓');
    expect(Buffer.from(store.values.get(one.id)!).toString('latin1')).not.toContain('hunter2');
  });

  test('gives every sealing another ciphertext', async () => {
    const { safe, one } = await kept(secretStore());
    expect(Buffer.from(await safe.seal(one, 'x'))).not.toEqual(Buffer.from(await safe.seal(one, 'x')));
  });

  test.each([{ name: 'other' }, { namespace: 'other' }, { id: 'other' }])('refuses a ciphertext moved to another secret: %o', async (moved) => {
    const store = secretStore();
    const { safe, one } = await kept(store);
    const thief = { ...one, ...moved };
    store.values.set(thief.id, store.values.get(one.id)!);
    await expect(safe.open(thief)).rejects.toMatchObject({ code: 'internal' });
  });

  test('refuses a ciphertext with any byte changed', async () => {
    const store = secretStore();
    const { safe, one } = await kept(store);
    const sealed = store.values.get(one.id)!;
    for (let at = 0; at < sealed.length; at++) {
      store.values.set(one.id, sealed.map((byte, i) => (i === at ? byte ^ 1 : byte)));
      await expect(safe.open(one), `byte ${at}`).rejects.toMatchObject({ code: 'internal' });
    }
  });

  test('refuses a value after its time', async () => {
    const { safe, one } = await kept(secretStore());
    const expired = { ...one, spec: { ...one.spec, expires_at: new Date(clock.now()).toISOString() } };
    await expect(safe.open(expired)).rejects.toMatchObject({ code: 'expired' });
    const later = { ...one, spec: { ...one.spec, expires_at: new Date(clock.now() + 1).toISOString() } };
    expect((await safe.open(later)).reveal()).toBe('hunter2 ✓');
  });

  test('says what to do when the server was started with another key', async () => {
    const store = secretStore();
    const { one } = await kept(store, 'old key');
    const other = vault({ store, keyring: keyring([secretText('new key')]), clock, random });
    await expect(other.open(one)).rejects.toMatchObject({ code: 'invalid', hint: expect.stringContaining('NEB_ENCRYPTION_KEY_PREVIOUS') });
  });

  test('notices another key before anything is sealed under it', async () => {
    const store = secretStore();
    const made = (key: string) => vault({ store, keyring: keyring([secretText(key)]), clock, random });
    await made('key one').verify();
    await expect(made('key two').verify()).rejects.toMatchObject({ code: 'invalid' });
    await made('key one').verify();
  });

  test('opens what a previous key wrapped, and wraps new namespaces under the current one', async () => {
    const store = secretStore();
    const { one } = await kept(store, 'old key');
    const both = vault({ store, keyring: keyring([secretText('new key'), secretText('old key')]), clock, random });
    expect((await both.open(one)).reveal()).toBe('hunter2 ✓');
    const fresh = secret({ namespace: 'fresh' });
    await store.seal(fresh.id, await both.seal(fresh, 'later'));
    const onlyNew = vault({ store, keyring: keyring([secretText('new key')]), clock, random });
    expect((await onlyNew.open(fresh)).reveal()).toBe('later');
  });

  test('two replicas that meet a namespace first at once share its key', async () => {
    const store = secretStore();
    const make = () => vault({ store, keyring: keyring([secretText('key one')]), clock, random });
    const [a, b] = [make(), make()];
    const one = secret();
    const [sealed] = await Promise.all([a.seal(one, 'x'), b.seal(one, 'y')]);
    await store.seal(one.id, sealed);
    expect((await b.open(one)).reveal()).toBe('x');
  });
});

test('an envelope opens for its purpose only', () => {
  const key = { id: 7, bytes: random(32) };
  const sealed = seal(Buffer.from('x'), { key, bound: ['a', 'b/c'], iv: random(12) });
  expect(unseal(sealed, { key, bound: ['a/b', 'c'] })).toBeUndefined();
  expect(unseal(sealed, { key: { ...key, id: 8 }, bound: ['a', 'b/c'] })).toBeUndefined();
  expect(Buffer.from(unseal(sealed, { key, bound: ['a', 'b/c'] })!).toString()).toBe('x');
});
