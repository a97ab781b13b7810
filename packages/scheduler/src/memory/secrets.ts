import type { SecretStore } from '../store.ts';

export function memorySecrets(): { readonly store: SecretStore; forget(secretId: string): void } {
  const values = new Map<string, Uint8Array>();
  const keys = new Map<string, Uint8Array>();

  return {
    store: {
      sealed: async (secretId) => values.get(secretId),
      seal: async (secretId, value) => void values.set(secretId, value),
      async dataKey(namespace, make) {
        const key = keys.get(namespace) ?? make();
        keys.set(namespace, key);
        return key;
      },
      dataKeys: async (after = '') =>
        [...keys].map(([namespace, wrapped]) => ({ namespace, wrapped })).filter(({ namespace }) => namespace > after).sort((a, b) => (a.namespace < b.namespace ? -1 : 1)).slice(0, 100),
      async replaceDataKey({ namespace, wrapped }, by) {
        const same = Buffer.from(keys.get(namespace) ?? []).equals(wrapped);
        if (same) keys.set(namespace, by);
        return same;
      },
    },
    forget: (secretId) => void values.delete(secretId),
  };
}
