import type { Call } from '@neb/core-types';
import { isNebError } from '@neb/core-types/errors';
import { type Http, type HttpRequest, jsonOf } from './http.ts';
import type { EntryOf, InputOf, OutputOf, PathOf } from './procedures.ts';
import { pause, type Retry, worthAnotherTry } from './retry.ts';
import { neverArrived } from './unreachable.ts';
import { entries } from './subscription.ts';

/** The router's procedures by path, over HTTP. */
export interface Calls {
  query<P extends PathOf<'query'>>(path: P, input: InputOf<P>, call?: Call): Promise<OutputOf<P>>;
  mutate<P extends PathOf<'mutation'>>(path: P, input: InputOf<P>, call?: MutateCall): Promise<OutputOf<P>>;
  /** Goes on over broken connections after the last entry it gave out. */
  subscribe<P extends PathOf<'subscription'>>(path: P, input: InputOf<P>, call?: Call): AsyncGenerator<EntryOf<P>, void>;
}

interface MutateCall extends Call {
  /** Whether doing it twice is the same as doing it once, so that it is tried again where it was cut off; false by default. */
  readonly repeatable?: boolean | undefined;
}

export function calls(send: Http, retry: Retry): Calls {
  const ask = async (request: HttpRequest): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await jsonOf(await send(request), request.signal);
        return resultOf(answer);
      } catch (error) {
        const harmless = request.changes === undefined || isNebError(error, 'rate_limited') || (isNebError(error) && neverArrived(error.cause));
        if (attempt >= retry.attempts || !harmless || !worthAnotherTry(error)) throw error;
        await pause(error.retryAfterMs ?? retry.delayMs(attempt + 1), request.signal);
      }
    }
  };
  return {
    query: (path, input, call) => ask({ method: 'GET', path: queryPath(path, input), signal: call?.signal }) as Promise<never>,
    mutate: (path, input, call) =>
      ask({
        method: 'POST', path: `/trpc/${path}`, body: JSON.stringify(input ?? {}), headers: { 'content-type': 'application/json' },
        signal: call?.signal, ...(!call?.repeatable && { changes: path }),
      }) as Promise<never>,
    subscribe: (path, input, call) => {
      const open = (after: string | undefined, signal: AbortSignal): Promise<Response> =>
        send({ method: 'GET', path: queryPath(path, after === undefined ? input : { ...(input as object), after }), headers: { accept: 'text/event-stream' }, signal });
      return entries({ open, retry, signal: call?.signal, endless: path.endsWith('.watch') }) as AsyncGenerator<never, void>;
    },
  };
}

function queryPath(path: string, input: unknown): string {
  return input === undefined ? `/trpc/${path}` : `/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`;
}

function resultOf(answer: unknown): unknown {
  const { result } = answer as { readonly result?: { readonly data?: unknown } };
  return result?.data;
}
