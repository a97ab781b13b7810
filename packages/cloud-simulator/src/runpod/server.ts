import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault, Faults } from '../faults.ts';
import { streamLog } from './log-stream.ts';
import { Problem } from './problem.ts';
import type { Account, Answer, Route } from './routes.ts';
import { routes } from './routes.ts';

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
  const { faults, clock } = options;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const text = await textOf(request);
  const found = match(table, request.method ?? '', url.pathname);
  const operation = found?.route.operation ?? 'unknown';
  const fault = <K extends Fault['kind']>(kind: K) => faults.take(kind, { operation });

  const slow = fault('slow_answer');
  if (slow) await clock.sleep(slow.ms);
  if (fault('lost_request')) return void request.socket.destroy();
  const nonsense = fault('nonsense');
  if (nonsense?.status !== undefined && nonsense.status >= 400) return say(response, nonsense.status, { 'Content-Type': 'text/html' }, nonsense.body);

  const answer = await (async (): Promise<Answer | Problem> => {
    try {
      const by = authorise(options, request);
      const broken = fault('server_error');
      if (broken) throw new Problem(broken.status, 'upstream failure');
      const throttled = fault('throttled');
      if (throttled) throw new Problem(429, 'rate limit exceeded for the minute window', { headers: { 'Retry-After': String(throttled.retryAfterS) } });
      if (!found) throw new Problem(404, 'no such path');
      if (by && !/Pod|Action|Logs/.test(operation)) throw new Problem(403, 'access denied');
      return await found.route.handle({ id: found.id, query: url.searchParams, headers: request.headers, body: parsed(text), by });
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  })();

  if (fault('lost_answer')) return void request.socket.destroy();
  if (!(answer instanceof Problem) && answer.status === 'stream') return streamOrRefuse(response, answer);
  const [status, body] = answer instanceof Problem ? [answer.status, answer.body()] : [answer.status as number, answer.status === 204 ? undefined : answer.body];
  if (found) options.observe({ path: found.route.path, method: found.route.method, operation, status, requestBody: text === '' ? undefined : parsed(text), responseBody: body, nonsense: nonsense !== undefined });
  if (nonsense) return say(response, status, { 'Content-Type': 'application/json' }, nonsense.body);
  const type = answer instanceof Problem ? 'application/problem+json' : 'application/json';
  const limits = { RateLimit: '"minute";r=59;t=60', 'RateLimit-Policy': '"minute";q=60;w=60' };
  return say(response, status, { ...(body && { 'Content-Type': type }), ...limits, ...(answer instanceof Problem ? answer.more.headers : {}) }, body && JSON.stringify(body));
}

function streamOrRefuse(response: ServerResponse, answer: Extract<Answer, { status: 'stream' }>): void {
  try {
    streamLog(response, answer.pod, answer.asked);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(response, error.status, { 'Content-Type': 'application/problem+json' }, JSON.stringify(error.body()));
  }
}

/** Whose key it is: a pod's own, or `undefined` for the account's. Throws a 401. */
function authorise({ apiKey, faults, pods }: ServerOptions, { headers }: IncomingMessage) {
  const [, key] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (key === undefined) throw new Problem(401, 'missing bearer token');
  if (faults.take('expired_key', { operation: 'any' })) throw new Problem(401, 'API key has expired');
  if (key === apiKey) return undefined;
  const pod = pods.all().find((one) => one.key === key);
  if (!pod) throw new Problem(401, 'invalid API key');
  return pod;
}

function match(table: readonly Route[], method: string, pathname: string): { readonly route: Route; readonly id: string } | undefined {
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

function say(...[response, status, headers, body]: [response: ServerResponse, status: number, headers: Record<string, string>, body: string | undefined]): void {
  response.writeHead(status, headers);
  response.end(body);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => { server.close(resolve); });
  server.closeAllConnections();
  await closed;
}
