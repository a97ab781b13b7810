import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '@neb/sdk/contract';
import type { SecretText } from '../secrets/secret-text.ts';

/** Who sent a request with these headers; `undefined` where they name nobody, or nobody we know. Rejects where that cannot be told now. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Caller | undefined>;

/** Whom a bearer token names, if it is of a kind that this way knows. */
export type KnowBearer = (bearer: string) => Caller | undefined | Promise<Caller | undefined>;

/** Asks one way after the other; the first that knows the token decides. */
export function bearerOf(...ways: readonly KnowBearer[]): Authenticate {
  return async (headers) => {
    const bearer = bearerIn(headers);
    if (bearer === undefined) return undefined;
    for (const way of ways) {
      const caller = await way(bearer);
      if (caller) return caller;
    }
    return undefined;
  };
}

/** Knows one token, the local administrator's. Comparing takes the same time however much of a guess is right. */
export function localToken(token: SecretText, owner: string): (bearer: string) => Caller | undefined {
  const expected = digest(token.reveal());
  const caller: Caller = { id: owner, handle: handleOf(owner), roles: { [owner]: 'owner' }, admin: true };
  return (bearer) => (timingSafeEqual(digest(bearer), expected) ? caller : undefined);
}

/** The namespace of an owner: an e-mail address with its dots and @ turned into dashes. */
export function handleOf(owner: string): string {
  return owner.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'default';
}

function bearerIn({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
