import type { OutgoingHttpHeaders } from 'node:http';

/** What the gateway itself answers, as RFC 9457 has it. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  /** What failed and what to do, in a sentence. */
  readonly detail: string;
  readonly retryAfterMs?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The connection is of no use any more: where the next request begins cannot be told, or its body is not wanted. */
  readonly close?: boolean | undefined;
}

/** The same to whoever may not see a route as to whoever asks for one that is not there. */
export const noSuchRoute: Problem = { status: 404, title: 'Not Found', detail: 'Nothing is served at this address, or it is not yours to see. Check the name and your credentials.' };

export function badRequest(detail: string): Problem {
  return { status: 400, title: 'Bad Request', detail, close: true };
}

/** The body and the headers of an answer that tells the problem; `id` is the request's. */
export function problemAnswer({ status, title, detail, retryAfterMs, headers }: Problem, id?: string): { readonly body: string; readonly headers: OutgoingHttpHeaders } {
  const body = `${JSON.stringify({ type: 'about:blank', title, status, detail, ...(id === undefined ? {} : { request_id: id }) })}\n`;
  return {
    body,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...(id === undefined ? {} : { 'x-request-id': id }),
      ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
      ...headers,
    },
  };
}

/** The same as bytes, for a connection that has no answer to write to. */
export function problemBytes(problem: Problem, id?: string): string {
  const { body, headers } = problemAnswer(problem, id);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`;
}
