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
    },
    forget: (secretId) => void values.delete(secretId),
  };
}
