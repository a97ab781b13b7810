import { hkdfSync } from 'node:crypto';
import { NebError } from '@neb/core-types';
import { type Key, keyIdOf, unseal } from './envelope.ts';
import type { SecretText } from './secret-text.ts';

/** The keys that wrap namespaces' data keys: one wraps, and it and older ones unwrap. */
export interface Keyring {
  /** The key that wraps from now on. */
  current(): Key;
  /** Opens what any of the keys sealed. Throws `invalid` where none did. */
  open(sealed: Uint8Array, bound: readonly string[]): Uint8Array;
  /** Whether the current key sealed it: a key's id byte alone would not tell two keys apart for sure. */
  isCurrent(sealed: Uint8Array, bound: readonly string[]): boolean;
  /** Takes the keys as they are by now: another server of the same key file may have changed them. */
  refresh(): Promise<void>;
}

/** Derives the key-encryption keys from secrets, the current one first; `read` gives them anew where they can change. */
export function keyring(secrets: readonly SecretText[], read: () => Promise<readonly SecretText[]> = async () => secrets): Keyring {
  let keys = secrets.map(derive);
  return {
    current: () => keys[0]!,
    open(sealed, bound) {
      // Two keys may share an id byte, so every key of that id is tried.
      for (const key of keys) {
        const plain = key.id === keyIdOf(sealed) ? unseal(sealed, { key, bound }) : undefined;
        if (plain) return plain;
      }
      throw new NebError('invalid', 'the secrets in the database were encrypted under another key than this server has', {
        hint: 'Start the server with the NEB_ENCRYPTION_KEY it had before, or name that key in NEB_ENCRYPTION_KEY_PREVIOUS.',
      });
    },
    isCurrent: (sealed, bound) => unseal(sealed, { key: keys[0]!, bound }) !== undefined,
    async refresh() {
      keys = (await read()).map(derive);
    },
  };
}

function derive(secret: SecretText): Key {
  const of = (purpose: string, bytes: number): Uint8Array => new Uint8Array(hkdfSync('sha256', secret.reveal(), 'neb', purpose, bytes));
  return { bytes: of('key-encryption-key', 32), id: of('key-id', 1)[0]! };
}
