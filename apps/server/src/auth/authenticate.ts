import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '@neb/sdk/contract';
import type { SecretText } from '../secrets/secret-text.ts';

/** Who sent a request with these headers; `undefined` where they name nobody, or nobody we know. */
export type Authenticate = (headers: IncomingHttpHeaders) => Caller | undefined;

/** Knows one token, the local administrator's. Comparing takes the same time however much of a guess is right. */
export function localToken(token: SecretText, owner: string): Authenticate {
  const expected = digest(token.reveal());
  const caller: Caller = { id: owner, handle: handleOf(owner), roles: { [owner]: 'owner' }, admin: true };
  return (headers) => {
    const given = bearer(headers);
    return given !== undefined && timingSafeEqual(digest(given), expected) ? caller : undefined;
  };
}

/** The namespace of an owner: an e-mail address with its dots and @ turned into dashes. */
export function handleOf(owner: string): string {
  return owner.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'default';
}

function bearer({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
