import { type Caller, type Clock, isNebError, type Route } from '@neb/core-types';
import { rateFields } from '../rate/rate-fields.ts';
import type { RouteLimits } from '../rate/route-limits.ts';
import { admits } from './admits.ts';
import { isDoorKey, visitorOfKey } from './door-key.ts';
import { type KnownTokens, knownTokens } from './known-tokens.ts';
import { type BodyHeaders, requestBody } from './request-body.ts';
import { type Visitor, visitorOf } from './visitor.ts';

/** What of a request an admission goes by. */
export interface Knocking {
  readonly route: Route;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: BodyHeaders & { readonly authorization?: string | undefined };
  /** The whole body, which is passed on all the same; `undefined` if it is larger. */
  body(limitBytes: number): Promise<Uint8Array | undefined>;
}

/** What becomes of a request; a credential that it came with is for the gateway alone. */
export type Admitted =
  | { readonly do: 'pass'; readonly caller: string; readonly strip: readonly string[]; readonly answer?: Readonly<Record<string, string>> }
  | { readonly do: 'hide' }
  | { readonly do: 'refuse'; readonly status: number; readonly title: string; readonly detail: string; readonly retryAfterMs?: number; readonly headers?: Readonly<Record<string, string>> };

export interface DoorAdmissionOptions {
  readonly clock: Clock;
  /** Counts requests of a route with a rate; several processes may have one that counts for all of them. */
  readonly limits: { take(...of: Parameters<RouteLimits['take']>): ReturnType<RouteLimits['take']> | Promise<ReturnType<RouteLimits['take']>> };
  /** Who a token of the platform is of; `undefined` for none of its own. */
  readonly authenticate: (token: string) => Promise<Caller | undefined>;
  /** What a route's own tokens are signed with, the value of its `authz.jwt.secret_ref`. */
  readonly secretOf?: (route: Route) => Promise<string | undefined>;
  /**
   * Who comes without a token; nobody by default. Where a route has no rules, also who comes with a token that is nobody's: it is for
   * the replica then, and passed on.
   */
  readonly unnamed?: (route: Route) => Visitor;
  /** Most of a body that a rule may look into; 1 MiB by default. */
  readonly bodyBytes?: number;
}

/**
 * Who may pass: bearer tokens, the route's rules, its rate, in this order. A route without rules looks to strangers as if
 * it were not there. What cannot be found out now, such as an authentication that does not answer, rejects.
 */
export function doorAdmission(options: DoorAdmissionOptions): { admit(knocking: Knocking): Promise<Admitted> } {
  const { limits, unnamed, bodyBytes = 2 ** 20 } = options;
  const known = { ...options, tokens: knownTokens(options.clock) };
  return {
    async admit({ route, target, headers, body }) {
      const token = bearer(headers.authorization);
      const named = await visitorWith(token, route, known);
      const visitor = named ?? (token === undefined || !isOpenToOthers(route) ? unnamed?.(route) : undefined);
      if (!visitor) return isOpenToOthers(route) ? unauthenticated : { do: 'hide' };
      let verdict = admits(route, { path: target }, visitor);
      if (verdict.do === 'read_body') {
        const bytes = await body(bodyBytes);
        if (!bytes) return tooLarge(bodyBytes);
        verdict = admits(route, { path: target, body: requestBody(bytes, headers) }, visitor);
      }
      if (verdict.do === 'read_body') throw new Error('rules ask for a body that was read');
      if (verdict.do === 'deny') return verdict.hidden ? { do: 'hide' } : refuse(403, 'Forbidden', `You may not do this here: ${verdict.why}. Its owner can let you in.`);
      const rate = await limits.take(route, visitor.id);
      if (rate && !rate.isWithin) {
        return { ...refuse(429, 'Too Many Requests', `No more than ${rate.rate.perSecond} requests a second may come here in the long run, and ${rate.rate.burst} at once. Wait before the next.`), retryAfterMs: rate.waitMs, headers: rateFields(rate) };
      }
      return { do: 'pass', caller: visitor.id, strip: named ? ['authorization'] : [], ...(rate && { answer: rateFields(rate) }) };
    },
  };
}

const refuse = (status: number, title: string, detail: string) => ({ do: 'refuse', status, title, detail }) as const;
const unauthenticated: Admitted = { ...refuse(401, 'Unauthorized', 'This takes a bearer token that is good here. Send one as `Authorization: Bearer …`.'), headers: { 'www-authenticate': 'Bearer' } };
const tooLarge = (limit: number): Admitted => refuse(413, 'Content Too Large', `A rule of this service looks into the body, which may have at most ${limit} bytes for that. Send less.`);

const isOpenToOthers = ({ authz }: Route): boolean => authz !== undefined && authz.enabled !== false;

function bearer(header: string | undefined): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '')?.[1];
}

async function visitorWith(token: string | undefined, route: Route, { clock, authenticate, secretOf, tokens }: DoorAdmissionOptions & { readonly tokens: KnownTokens }): Promise<Visitor | undefined> {
  if (token === undefined) return undefined;
  if (isDoorKey(token)) return visitorOfKey(token, route.keys ?? [], clock.now());
  // Only a JWT has dots; the platform's tokens have none.
  const secret = token.includes('.') && isOpenToOthers(route) && route.authz?.jwt?.secret_ref ? await secretOf?.(route) : undefined;
  if (secret !== undefined) {
    const visitor = tokens.visitor(token, secret);
    return visitor instanceof Promise ? visitor.catch(nobodyIfRefused) : visitor;
  }
  const caller = await authenticate(token);
  return caller && visitorOf(caller);
}

function nobodyIfRefused(error: unknown): undefined {
  if (!isNebError(error, 'unauthenticated')) throw error;
}
