import { type Clock, NebError } from '@neb/core-types';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Visitor } from './visitor.ts';

const text = z.string().min(1).max(1_000);
const organisation = z.object({ id: text.optional(), name: text.optional(), role: text.optional() });
const claims = z.object({
  sub: text.optional(),
  email: text.optional(),
  email_verified: z.boolean().optional(),
  handle: text.optional(),
  org_id: text.optional(),
  org_name: text.optional(),
  org_role: text.optional(),
  organizations: z.array(organisation).max(100).optional(),
});

/** Fewer bytes can be guessed from a single token: RFC 7518, 3.2. */
const secretBytesAtLeast = 32;

export interface TokenOptions {
  readonly clock: Clock;
  /** What tokens are signed with: the value of `authz.jwt.secret_ref`. */
  readonly secret: string;
}

/**
 * Who a token of the route's own is of: a JWT signed with HS256 that has not expired, whose claims `sub` or `email` name
 * its bearer, beside `handle`, and `org_id`, `org_name` and `org_role` or a list of them as `organizations`. Throws
 * `unauthenticated` for any other, and `invalid` where the secret is too short to sign with.
 */
export async function visitorOfToken(token: string, options: TokenOptions): Promise<Visitor> {
  return (await goodToken(token, options)).visitor;
}

/** Whose a token is, and from when until before when it is good, in seconds since the epoch. */
export interface GoodToken {
  readonly visitor: Visitor;
  readonly fromSecond: number;
  readonly untilSecond: number;
}

/** The same as `visitorOfToken`, with how long that holds. */
export async function goodToken(token: string, { clock, secret }: TokenOptions): Promise<GoodToken> {
  const key = new TextEncoder().encode(secret);
  if (key.byteLength < secretBytesAtLeast) {
    throw new NebError('invalid', `the secret that tokens are signed with has fewer than ${secretBytesAtLeast} bytes`, { hint: 'Use one such as `openssl rand -hex 32` makes.' });
  }
  const { exp = 0, nbf = 0, ...named } = await verified(token, key, clock.now());
  const checked = claims.safeParse(named);
  if (!checked.success) throw refused('its claims are not what a token of this route has');
  const { sub, email, email_verified, handle, org_id, org_name, org_role, organizations = [] } = checked.data;
  const id = sub ?? email;
  if (id === undefined) throw refused('it names nobody: it has neither sub nor email');
  const own = org_id ?? org_name ?? org_role;
  const visitor: Visitor = {
    id: `token:${id}`,
    by: 'token',
    // An address that its issuer does not vouch for is nobody's.
    email: email_verified === false ? undefined : email,
    handle,
    organisations: [...(own === undefined ? [] : [{ id: org_id, name: org_name, role: org_role }]), ...organizations],
  };
  return { visitor, fromSecond: nbf, untilSecond: exp };
}

async function verified(token: string, key: Uint8Array, nowMs: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], requiredClaims: ['exp'], currentDate: new Date(nowMs) });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw refused('it has expired');
    if (error instanceof errors.JWTClaimValidationFailed) throw refused(`its claim ${error.claim} is missing or not good now`);
    if (error instanceof errors.JOSEAlgNotAllowed) throw refused('it is not signed with HS256');
    // What is left tells an attacker nothing: no token at all, or another key.
    throw refused('its signature is not right');
  }
}

function refused(why: string): NebError {
  return new NebError('unauthenticated', `the token is refused: ${why}`, { hint: 'Ask whoever runs this service for a new one.' });
}
