import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Link } from '@neb/core-types';
import { z } from 'zod';

/** What is said of a bill with its signature. */
export interface BillStatement {
  readonly owner: string;
  readonly since: string;
  readonly until: string;
  readonly made_at: string;
  /** The chain's end before the first record, and that with the last one: their hashes hold every record between. */
  readonly after: Link;
  readonly end: Link;
}

export const billSignature = z.object({ key: z.string(), value: z.base64() });
/** An Ed25519 signature, and the id of its key. */
export type BillSignature = z.infer<typeof billSignature>;

/** Signs a statement with a private key. */
export function signBill(statement: BillStatement, key: KeyObject): BillSignature {
  return { key: billKeyId(createPublicKey(key)), value: sign(null, textOf(statement), key).toString('base64') };
}

/** Whether the key's holder said exactly this. */
export function isSignedBy(statement: BillStatement, { value }: BillSignature, key: KeyObject): boolean {
  return verify(null, textOf(statement), key, Buffer.from(value, 'base64'));
}

/** A name for a public key that nobody can give to another: 32 hexadecimal digits. */
export function billKeyId(key: KeyObject): string {
  return createHash('sha256').update(key.export({ format: 'der', type: 'spki' })).digest('hex').slice(0, 32);
}

/** Every Ed25519 public key in a text: as PEM, by itself or within JSON. */
export function publicKeysIn(text: string): readonly KeyObject[] {
  const found = text.replaceAll('\\n', '\n').matchAll(/-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g);
  return [...found].flatMap(([pem]) => {
    try {
      const key = createPublicKey(pem);
      return key.asymmetricKeyType === 'ed25519' ? [key] : [];
    } catch {
      return [];
    }
  });
}

/** In one order, so that the same is always the same text. */
function textOf({ owner, since, until, made_at, after, end }: BillStatement): Buffer {
  const link = ({ seq, hash }: Link): Link => ({ seq, hash });
  return Buffer.from(JSON.stringify({ bill: 'neb/1', owner, since, until, made_at, after: link(after), end: link(end) }));
}
