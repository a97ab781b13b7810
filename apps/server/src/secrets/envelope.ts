import { createCipheriv, createDecipheriv } from 'node:crypto';

const format = 1;
const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM: format byte, key id byte, 12 bytes of iv, 16 of tag, ciphertext. The key id says which key it was, so that
 * keys can be changed; `bound` is what the ciphertext belongs to, and it opens as nothing else.
 */
export interface Key {
  /** 0 to 255. */
  readonly id: number;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

export interface SealRequest {
  readonly key: Key;
  readonly bound: readonly string[];
  /** 12 fresh random bytes: the same twice under one key gives the key away. */
  readonly iv: Uint8Array;
}

/** Encrypts `plain` under a key for one purpose. */
export function seal(plain: Uint8Array, { key, bound, iv }: SealRequest): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: tagBytes });
  cipher.setAAD(additional(key.id, bound));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Uint8Array.of(format, key.id), iv, cipher.getAuthTag(), text]);
}

/** The id of the key that `sealed` needs; `undefined` where this is no sealed value. */
export function keyIdOf(sealed: Uint8Array): number | undefined {
  return sealed.length >= 2 + ivBytes + tagBytes && sealed[0] === format ? sealed[1] : undefined;
}

/** The plain value; `undefined` where the key, the purpose or the bytes are not those it was sealed with. */
export function unseal(sealed: Uint8Array, { key, bound }: Pick<SealRequest, 'key' | 'bound'>): Uint8Array | undefined {
  if (keyIdOf(sealed) !== key.id) return undefined;
  const iv = sealed.subarray(2, 2 + ivBytes);
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: tagBytes });
  decipher.setAAD(additional(key.id, bound));
  decipher.setAuthTag(sealed.subarray(2 + ivBytes, 2 + ivBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(2 + ivBytes + tagBytes)), decipher.final()]);
  } catch {
    return undefined; // GCM tells only that something does not fit, and so do we.
  }
}

/** JSON keeps ["a","b/c"] and ["a/b","c"] apart. */
function additional(keyId: number, bound: readonly string[]): Uint8Array {
  return Buffer.from(JSON.stringify([format, keyId, ...bound]));
}
