import type { IncomingMessage, ServerResponse } from 'node:http';
import { isNebError, NebError, type Clock, type Random } from '@neb/core-types';
import { type Context, type Fault, restError, restHandler, retryAfter, router, type Services, targetOf } from '@neb/sdk/contract';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Log } from '../log.ts';
import { corsHeaders, type GateOptions, requestIdOf, stranger } from './gate.ts';
import type { Charge } from './limits.ts';
import type { Login } from './login.ts';
import { probe, type Probes } from './probes.ts';
import { staying, type WhileGood } from './staying.ts';

export interface DoorsOptions extends Probes {
  readonly gate: GateOptions;
  readonly authenticate: Authenticate;
  /** How long a caller may stay; for ever if absent. */
  readonly whileGood?: WhileGood | undefined;
  readonly charge: Charge;
  readonly services: Services;
  /** What is under /auth; nothing if absent. */
  readonly login?: Login | undefined;
  readonly maxBodyBytes: number;
  /** How long a body may take to come in, copies of files excepted: a sender that trickles holds a connection. 30,000 by default. */
  readonly bodyMs?: number | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Doors {
  /** Answers one request. Never rejects. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Who asks, and what a call finds; the same for the requests and the sockets. Rejects with `rate_limited`. */
  context(request: IncomingMessage): Promise<Context>;
}

/** The ways in: tRPC, REST, and what needs no token. Each request passes the gate, gets an id, and is counted. */
export function doors(options: DoorsOptions): Doors {
  const { gate, authenticate, whileGood, charge, services, maxBodyBytes, bodyMs = 30_000, log, metrics, clock, random } = options;
  const ids = new WeakMap<IncomingMessage, string>();
  const idOf = (request: IncomingMessage): string => {
    const id = ids.get(request) ?? requestIdOf(request, random);
    ids.set(request, id);
    return id;
  };
  const onError = ({ error, requestId, path }: Fault): void => log.error({ error, request: requestId, path }, 'a call failed');
  const context = async (request: IncomingMessage): Promise<Context> => {
    const known = await authenticate(request.headers);
    charge(request, known);
    const requestId = idOf(request);
    const caller = known && { ...known, via: { request: requestId, address: request.socket.remoteAddress } };
    return { caller, services, requestId, onError, ...(caller && whileGood && { whileGood: staying(whileGood, caller, request) }) };
  };
  // Made before tRPC has the request, which would answer what fails in making it with 500.
  const made = new WeakMap<IncomingMessage, Context>();

  const trpc = createHTTPHandler({
    router, basePath: '/trpc/', maxBodySize: maxBodyBytes, createContext: ({ req }) => made.get(req)!,
    responseMeta: ({ errors: [error] }) => ({ headers: isNebError(error?.cause) ? retryAfter(error.cause) : {} }),
  });
  const rest = restHandler({ context, version: options.version, maxBodyBytes });

  async function enter(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const why = stranger(gate, request.headers);
    if (why !== undefined) throw new NebError('unauthorized', why, { hint: 'NEB_ALLOWED_HOSTS adds names.' });
    for (const [name, value] of Object.entries(corsHeaders(gate, request.headers))) response.setHeader(name, value);
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const { pathname } = targetOf(request.url);
    if (request.rawHeaders.length > headersAtMost * 2) throw new NebError('invalid', `the request has more than ${headersAtMost} headers`);
    limitBody(request, response, { maxBodyBytes, bodyMs, pathname });
    if (pathname.startsWith('/trpc/')) {
      made.set(request, await context(request));
      return trpc(request, response);
    }
    if (pathname.startsWith('/v1/') || pathname.startsWith('/.well-known/')) return await rest(request, response);
    if (pathname.startsWith('/auth/') && (await options.login?.(request, response))) return;
    const asked = request.method === 'GET' || request.method === 'HEAD';
    if (asked && (await probe(pathname, response, options))) return;
    throw new NebError('not_found', `there is nothing at ${pathname}`, { hint: 'The API is at /v1 and /trpc.' });
  }

  return {
    context,
    async answer(request, response) {
      const startedMs = clock.now();
      response.setHeader('x-request-id', idOf(request));
      response.on('close', () => noteEnd(request, response, clock.now() - startedMs));
      try {
        await enter(request, response);
      } catch (error) {
        if (response.headersSent) return void response.destroy();
        const { status, headers, body } = restError(error, idOf(request));
        if (status >= 500) onError({ error, requestId: idOf(request), path: request.url ?? '/' });
        response.writeHead(status, { ...headers, ...(!request.complete && { connection: 'close' }) }).end(body);
      }
    },
  };

  function noteEnd(request: IncomingMessage, response: ServerResponse, ms: number): void {
    const { pathname } = targetOf(request.url);
    const status = response.statusCode;
    const method = request.method ?? 'GET';
    if (!isStream(response)) metrics.onRequest({ door: doorOf(pathname), method, status, ms });
    const fact = { request: idOf(request), method, path: pathname, status, ms };
    // What is not supported is no fault.
    if (status >= 500 && status !== 501) log.warn(fact, 'answered');
    else log.debug(fact, 'answered');
  }
}

/** Node drops those past its own limit without a word. */
const headersAtMost = 100;

export function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

/** Of fixed number, so that paths cannot fill the metrics. */
function doorOf(path: string): string {
  return ['/trpc/', '/v1/'].find((prefix) => path.startsWith(prefix))?.slice(1, -1) ?? 'other';
}

interface BodyLimit {
  readonly maxBodyBytes: number;
  readonly bodyMs: number;
  readonly pathname: string;
}

/** Refuses a body that says it is too large, and cuts off one that takes for ever. */
function limitBody(request: IncomingMessage, response: ServerResponse, { maxBodyBytes, bodyMs, pathname }: BodyLimit): void {
  if (pathname.endsWith('/files') || request.complete) return;
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > maxBodyBytes) throw new NebError('invalid', `the request is larger than ${maxBodyBytes} bytes`, { hint: 'NEB_MAX_BODY says how large one may be.' });
  const timer = setTimeout(() => request.destroy(), bodyMs).unref();
  request.on('end', () => clearTimeout(timer));
  response.on('close', () => clearTimeout(timer));
}
