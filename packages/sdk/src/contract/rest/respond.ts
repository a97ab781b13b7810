import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { NebError } from '@neb/core-types';
import { failureOf } from '../../failure.ts';
import { httpStatus, refusal } from '../refusal.ts';
import type { Answer } from './route.ts';

/** The status and the body `{"error": …}` that anything thrown is answered with over HTTP. */
export function restError(thrown: unknown, requestId?: string): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const error = refusal(thrown, requestId ?? 'unknown');
  return {
    status: httpStatus(error),
    headers: {
      'content-type': 'application/json',
      ...(error.code === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
      ...retryAfter(error),
    },
    body: JSON.stringify({ error: failureOf(error, requestId) }),
  };
}

/** The header that says in seconds when to try again; none where the error does not say it. */
export function retryAfter({ retryAfterMs }: NebError): Readonly<Record<string, string>> {
  return retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
}

/** Writes an answer. Rejects before anything is written where its stream fails at once; later it cuts the connection. */
export async function respond(response: ServerResponse, answer: Answer): Promise<void> {
  switch (answer.kind) {
    case 'empty': return void response.writeHead(204).end();
    case 'json': return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.value));
    case 'stream': return stream(response, answer.type, answer.body);
  }
}

async function stream(response: ServerResponse, type: string, body: AsyncIterable<Uint8Array | string>): Promise<void> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    let next = await chunks.next();
    response.writeHead(200, { 'content-type': type });
    for (; !next.done; next = await chunks.next()) {
      if (response.destroyed) return;
      if (!response.write(next.value)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end();
  } catch (error) {
    if (response.headersSent) response.destroy();
    throw error;
  } finally {
    await chunks.return?.();
  }
}
