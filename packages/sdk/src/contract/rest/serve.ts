import type { IncomingMessage, ServerResponse } from 'node:http';
import { isNebError, NebError } from '@neb/core-types';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { targetOf } from '../../wire/paths.ts';
import { invalidInput, unauthenticated } from '../refusal.ts';
import { lasting, whileGood } from '../while-good.ts';
import { readJsonBody } from './body.ts';
import { openApiDocument } from './document.ts';
import { type Matched, matcher } from './match.ts';
import { respond, restError } from './respond.ts';
import type { Answer, RestCall } from './route.ts';
import { routes } from './routes.ts';

export interface RestOptions {
  /** What each request finds; where it throws, the request is answered with that. */
  readonly context: (request: IncomingMessage) => Context | Promise<Context>;
  /** Shown by `/v1/openapi.json`. */
  readonly version: string;
  /** Largest JSON body; 4 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
}

/** Serves everything under `/v1`, and `not_found` for the rest. The promise resolves when the answer is written; it never rejects. */
export function restHandler(options: RestOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const find = matcher(routes);
  let document: string | undefined;
  return async (request, response) => {
    const url = targetOf(request.url);
    if (request.method === 'GET' && url.pathname === '/v1/openapi.json') {
      document ??= JSON.stringify(openApiDocument({ version: options.version }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(document);
      return;
    }
    let context: Context | undefined;
    try {
      const matched = find(request.method ?? 'GET', url.pathname);
      context = await options.context(request);
      response.setHeader('x-request-id', context.requestId);
      await respond(response, await answer(matched, { request, response, url, context, maxBodyBytes: options.maxBodyBytes ?? maxBodyBytes }));
    } catch (thrown) {
      refuse({ thrown, request, response, context, path: url.pathname });
    }
  };
}

const maxBodyBytes = 4 * 1024 * 1024;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly context: Context;
  readonly maxBodyBytes: number;
}

async function answer(matched: Matched, { request, response, url, context, maxBodyBytes: limit }: Exchange): Promise<Answer> {
  if (matched.found === 'nothing') throw new NebError('not_found', `there is nothing at ${url.pathname}`, { hint: 'GET /v1/openapi.json lists all there is.' });
  if (matched.found === 'path') {
    response.setHeader('allow', matched.methods.join(', '));
    throw new NebError('unsupported', `${url.pathname} does not take ${request.method}; it takes ${matched.methods.join(', ')}`);
  }
  const { route, params } = matched;
  if (!route.open && !context.caller) throw unauthenticated();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = route.streams ? whileGood(context, gone.signal) : gone.signal;
  const call: RestCall = {
    // Only an open route runs without a caller, and none of them looks at it.
    who: context.caller ?? { id: '', handle: '', roles: {}, admin: false },
    context,
    params,
    query: checked(route.query, Object.fromEntries(url.searchParams)),
    body: route.body === 'tar' ? lasting(signal, request) : route.body && checked(route.body, await readJsonBody(request, limit)),
    signal,
  };
  const answered = await route.run(call);
  return answered.kind === 'stream' ? { ...answered, body: lasting(signal, answered.body) } : answered;
}

function checked(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidInput(parsed.error, schema);
  return parsed.data;
}

interface Refused {
  readonly thrown: unknown;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: Context | undefined;
  readonly path: string;
}

function refuse({ thrown, request, response, context, path }: Refused): void {
  const requestId = context?.requestId ?? 'unknown';
  const clientIsGone = response.destroyed && !response.headersSent;
  if (!isNebError(thrown) && !clientIsGone) context?.onError?.({ error: thrown, requestId, path });
  if (response.headersSent || response.destroyed) return void response.destroy();
  const { status, headers, body } = restError(thrown, requestId);
  // A body that was not read to its end would be taken for the next request.
  response.writeHead(status, { ...headers, ...(!request.complete && { connection: 'close' }) }).end(body);
}
