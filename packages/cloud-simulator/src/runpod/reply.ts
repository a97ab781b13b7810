import type { Fault, Faults, Occasion } from '../faults.ts';
import type { Pod } from './pod.ts';
import { graphqlPath } from './graphql.ts';
import { Problem } from './problem.ts';
import type { Account, Answer, Asked, Route } from './routes.ts';

/** A request as it comes, by whatever way. */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Their names in small letters. */
  readonly headers: Asked['headers'];
  readonly text: string;
}

/** What goes back, by whatever way. */
export type Reply =
  /** The connection breaks. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'whole'; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | undefined }
  | { readonly kind: 'stream'; readonly pod: Pod; readonly asked: Asked };

/** A call that was answered, as it went over the wire. */
export interface Exchange {
  /** As in the description: `/v2/pods/{id}`. */
  readonly path: string;
  readonly method: string;
  readonly operation: string;
  readonly status: number;
  readonly requestBody: unknown;
  readonly responseBody: unknown;
  /** Whether a fault made the answer what no server should say. */
  readonly nonsense: boolean;
}

/** What answers. */
export interface Responder extends Account {
  readonly faults: Faults;
  readonly apiKey: string;
  readonly table: readonly Route[];
  /** Hears of every call that was answered whole. */
  readonly observe: (exchange: Exchange) => void;
}

/** What comes back for a call, faults and all. */
export async function reply(responder: Responder, call: Call): Promise<Reply> {
  const { faults, clock, observe, table } = responder;
  const url = new URL(call.path, 'http://simulator');
  const found = match(table, call.method, url.pathname);
  const operation = operationOf(found, call);
  const fault = <K extends Fault['kind']>(kind: K) => faults.take(kind, { operation });

  const slow = fault('slow_answer');
  if (slow) await clock.sleep(slow.ms);
  if (fault('lost_request')) return { kind: 'cut' };
  const nonsense = fault('nonsense');
  if (nonsense?.status !== undefined && nonsense.status >= 400) return whole(nonsense.status, 'text/html', nonsense.body);

  const answer = await answerTo(responder, found, { ...call, query: url.searchParams }).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
  if (fault('lost_answer')) return { kind: 'cut' };
  if (!(answer instanceof Problem) && answer.status === 'stream') return { kind: 'stream', ...answer };
  const { status, body } = answer instanceof Problem ? { status: answer.status, body: answer.body() } : { body: undefined, ...answer };
  // The description is of REST alone.
  if (found && found.route.path !== graphqlPath) {
    const { path, method } = found.route;
    observe({ path, method, operation, status, requestBody: parsed(call.text), responseBody: body, nonsense: nonsense !== undefined });
  }
  if (nonsense) return whole(status, 'application/json', nonsense.body);
  const headers = { RateLimit: '"minute";r=59;t=60', 'RateLimit-Policy': '"minute";q=60;w=60', ...(answer instanceof Problem && answer.more.headers) };
  return whole(status, answer instanceof Problem ? 'application/problem+json' : 'application/json', body && JSON.stringify(body), headers);
}

/** What a call comes to where no fault is at the wire. Rejects with the problem where it comes to one. */
async function answerTo(responder: Responder, found: Found | undefined, call: Call & { readonly query: URLSearchParams }): Promise<Answer> {
  const occasion = { operation: operationOf(found, call) };
  const by = authorise(responder, occasion, call);
  const broken = responder.faults.take('server_error', occasion);
  if (broken) throw new Problem(broken.status, 'upstream failure');
  const throttled = responder.faults.take('throttled', occasion);
  if (throttled) throw new Problem(429, 'rate limit exceeded for the minute window', { headers: { 'Retry-After': String(throttled.retryAfterS) } });
  if (!found) throw new Problem(404, 'no such path');
  // A pod's key is for what that pod may do to itself.
  if (by && !found.route.path.startsWith('/v2/pods/{id}')) throw new Problem(403, 'access denied');
  const body = parsed(call.text);
  if (body === undefined && call.text !== '') throw new Problem(400, 'the body is not JSON');
  return await found.route.handle({ id: found.id, query: call.query, headers: call.headers, body, by });
}

/** The pod whose key it is, or `undefined` for the account's. Throws a 401. */
function authorise({ apiKey, faults, pods }: Responder, occasion: Occasion, { headers }: Call): Pod | undefined {
  const [, key] = /^Bearer (.+)$/.exec(String(headers['authorization'])) ?? [];
  if (key === undefined) throw new Problem(401, 'missing bearer token');
  if (faults.take('expired_key', occasion)) throw new Problem(401, 'API key has expired');
  if (key === apiKey) return undefined;
  const pod = pods.all().find((one) => one.key === key);
  if (!pod) throw new Problem(401, 'invalid API key');
  return pod;
}

/** GraphQL takes every call at one path. */
function operationOf(found: Found | undefined, { text }: Call): string {
  if (found?.route.path !== graphqlPath) return found?.route.operation ?? 'unknown';
  return text.includes('podRentInterruptable') ? 'podRentInterruptable' : 'gpuTypes';
}

interface Found {
  readonly route: Route;
  /** The id in the path. */
  readonly id: string;
}

function match(table: readonly Route[], method: string, pathname: string): Found | undefined {
  const parts = pathname.split('/');
  for (const route of table) {
    const pattern = route.path.split('/');
    if (route.method !== method || pattern.length !== parts.length) continue;
    if (pattern.every((part, at) => part === '{id}' || part === parts[at])) return { route, id: decodeURIComponent(parts[pattern.indexOf('{id}')] ?? '') };
  }
  return undefined;
}

/** `undefined` for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function whole(...[status, type, body, headers]: [status: number, type: string, body: string | undefined, headers?: Readonly<Record<string, string>>]): Reply {
  return { kind: 'whole', status, body, headers: { ...(body !== undefined && { 'Content-Type': type }), ...headers } };
}
