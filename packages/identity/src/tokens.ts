import { createHash, timingSafeEqual } from 'node:crypto';
import { newId, type Random } from '@neb/core-types';

/** What a bearer token is of: `neb_…` of an API key, `nebs_…` of a login. */
export type CredentialKind = 'key' | 'session';

/** A token taken apart: `id` finds what is written down, `secret` proves that it was given to whoever shows it. */
export interface Token {
  readonly kind: CredentialKind;
  readonly id: string;
  readonly secret: string;
}

const secretBytes = 32;
const prefixes = { key: 'neb', session: 'nebs' } as const satisfies Record<CredentialKind, string>;
const pattern = /^(neb|nebs)_([a-z0-9]{12})_([0-9a-f]{64})$/;

/** A new token; its text is the only place where the secret is. */
export function mintToken(kind: CredentialKind, random: Random): { readonly id: string; readonly text: string; readonly sha256: string } {
  const id = newId(random);
  const secret = Buffer.from(random(secretBytes)).toString('hex');
  return { id, text: `${prefixes[kind]}_${id}_${secret}`, sha256: sha256(secret) };
}

/** `undefined` for what is no token of ours. */
export function parseToken(text: string | undefined): Token | undefined {
  const [, prefix, id, secret] = pattern.exec(text ?? '') ?? [];
  return id === undefined || secret === undefined ? undefined : { kind: prefix === 'neb' ? 'key' : 'session', id, secret };
}

/**
 * What is written down of a secret. A slow, salted hash protects what people think up, and would cost every request
 * tens of milliseconds; of 256 random bits nobody can try enough. NIST SP 800-63B, 5.1.2.2, asks for a salt and
 * a password hash only where a look-up secret has less than 112 bits.
 */
export function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether `secret` is what `expected` was made of; takes the same time however much of it is right. */
export function isSecret(secret: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(secret), 'hex'), Buffer.from(expected, 'hex'));
}
