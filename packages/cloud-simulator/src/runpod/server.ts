import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault, Faults, Occasion } from '../faults.ts';
import { streamLog } from './log-stream.ts';
import type { Pod } from './pod.ts';
import { Problem } from './problem.ts';
import { type Account, type Answer, type Route, routes } from './routes.ts';

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

export interface ServerOptions extends Account {
  readonly faults: Faults;
  readonly apiKey: string;
  /** Hears of every call that was answered. */
  readonly observe: (exchange: Exchange) => void;
}

/** An API that listens. */
export interface Listening {
  readonly url: string;
  /** Breaks every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** The API on a free port of 127.0.0.1. */
export async function listen(options: ServerOptions): Promise<Listening> {
  const table = routes(options);
  const server = createServer((request, response) => {
    serve(options, table, { request, response }).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut: () => server.closeAllConnections(), close: () => close(server) };
}

interface Wire {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(options: ServerOptions, table: readonly Route[], { request, response }: Wire): Promise<void> {
  const { faults, clock, observe } = options;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const text = await textOf(request);
  const found = match(table, request.method ?? '', url.pathname);
  const operation = found?.route.operation ?? 'unknown';
  const fault = <K extends Fault['kind']>(kind: K) => faults.take(kind, { operation });

  const slow = fault('slow_answer');
  if (slow) await clock.sleep(slow.ms);
  if (fault('lost_request')) return void request.socket.destroy();
  const nonsense = fault('nonsense');
  if (nonsense?.status !== undefined && nonsense.status >= 400) return say(response, { status: nonsense.status, type: 'text/html', body: nonsense.body });

  const answer = await answerTo(options, found, { request, query: url.searchParams, text }).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
  if (fault('lost_answer')) return void request.socket.destroy();
  if (!(answer instanceof Problem) && answer.status === 'stream') return streamOrRefuse(response, answer);
  const { status, body } = answer instanceof Problem ? { status: answer.status, body: answer.body() } : { body: undefined, ...answer };
  if (found) {
    const requestBody = text === '' ? undefined : (JSON.parse(text) as unknown);
    observe({ path: found.route.path, method: found.route.method, operation, status, requestBody, responseBody: body, nonsense: nonsense !== undefined });
  }
  if (nonsense) return say(response, { status, type: 'application/json', body: nonsense.body });
  const headers = { RateLimit: '"minute";r=59;t=60', 'RateLimit-Policy': '"minute";q=60;w=60', ...(answer instanceof Problem && answer.more.headers) };
  return say(response, { status, type: answer instanceof Problem ? problemType : 'application/json', body: body && JSON.stringify(body), headers });
}

const problemType = 'application/problem+json';

interface Call {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly text: string;
}

/** What a call comes to. Rejects with the problem where it comes to one. */
async function answerTo(options: ServerOptions, found: Found | undefined, { request, query, text }: Call): Promise<Answer> {
  const occasion = { operation: found?.route.operation ?? 'unknown' };
  const by = authorise(options, occasion, request);
  const broken = options.faults.take('server_error', occasion);
  if (broken) throw new Problem(broken.status, 'upstream failure');
  const throttled = options.faults.take('throttled', occasion);
  if (throttled) throw new Problem(429, 'rate limit exceeded for the minute window', { headers: { 'Retry-After': String(throttled.retryAfterS) } });
  if (!found) throw new Problem(404, 'no such path');
  // A pod's key is for what that pod may do to itself.
  if (by && !found.route.path.startsWith('/v2/pods/{id}')) throw new Problem(403, 'access denied');
  return await found.route.handle({ id: found.id, query, headers: request.headers, body: parsed(text), by });
}

function streamOrRefuse(response: ServerResponse, answer: Extract<Answer, { status: 'stream' }>): void {
  try {
    streamLog(response, answer.pod, answer.asked);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(response, { status: error.status, type: problemType, body: JSON.stringify(error.body()) });
  }
}

/** Whose key it is: a pod's own, or `undefined` for the account's. Throws a 401. */
function authorise({ apiKey, faults, pods }: ServerOptions, occasion: Occasion, { headers }: IncomingMessage): Pod | undefined {
  const [, key] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (key === undefined) throw new Problem(401, 'missing bearer token');
  if (faults.take('expired_key', occasion)) throw new Problem(401, 'API key has expired');
  if (key === apiKey) return undefined;
  const pod = pods.all().find((one) => one.key === key);
  if (!pod) throw new Problem(401, 'invalid API key');
  return pod;
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

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new Problem(400, 'the body is not JSON');
  }
}

interface Said {
  readonly status: number;
  readonly type: string;
  readonly body: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

function say(response: ServerResponse, { status, type, body, headers }: Said): void {
  response.writeHead(status, { ...(body !== undefined && { 'Content-Type': type }), ...headers });
  response.end(body);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => { server.close(resolve); });
  server.closeAllConnections();
  await closed;
}
