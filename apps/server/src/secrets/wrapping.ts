import type { Random } from '@neb/core-types';
import { seal } from './envelope.ts';
import type { Keyring } from './keyring.ts';

/** What a wrapped data key is bound to: it opens for no other namespace. */
export function dataKeyPurpose(namespace: string): readonly string[] {
  return ['data-key', namespace];
}

/** A data key, sealed under the keyring's current key. */
export function wrap(dataKey: Uint8Array, { keyring, namespace, random }: { readonly keyring: Keyring; readonly namespace: string; readonly random: Random }): Uint8Array {
  return seal(dataKey, { key: keyring.current(), bound: dataKeyPurpose(namespace), iv: random(12) });
}
