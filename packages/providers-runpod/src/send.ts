import { type Clock, type Masker, NebError, type PlatformClock } from '@neb/core-types';
import { refused, unreachable, unreadable } from './errors.ts';

/** What sending depends on. */
export interface SendOptions {
  readonly apiKey: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Hears of each answer. */
  readonly runpodClock: PlatformClock;
  readonly answerMs: number;
  readonly redact: Masker;
}

/**
 * A `fetch` that resolves only to answers that say all is well and can be read. Otherwise it rejects, with a NebError or the
 * signal's reason. After a 429 it sends nothing until the time has come that RunPod named.
 */
export function sender({ apiKey, fetch, clock, runpodClock, answerMs, redact }: SendOptions): (request: Request) => Promise<Response> {
  let closedUntil = 0;

  return async (request) => {
    const buys = isPurchase(request);
    const restMs = closedUntil - clock.now();
    if (restMs > 0) throw new NebError('rate_limited', `RunPod asked for fewer calls; it is asked again in ${Math.ceil(restMs / 1_000)} s`, { retryAfterMs: restMs });
    request.headers.set('Authorization', `Bearer ${apiKey}`);
    try {
      const { response, body } = await inTime(request);
      const { status, ok, headers } = response;
      if (!ok) throw noted(refused({ status, body, retryAfter: headers.get('retry-after'), buys }, redact));
      if (isStream(response) || status === 204) return response;
      if (!isJson(body)) throw unreadable(body, { buys }, redact);
      return new Response(body, { status, headers: { 'Content-Type': 'application/json' } });
    } catch (error) {
      if (error instanceof NebError) throw error;
      request.signal.throwIfAborted();
      throw unreachable(error, { buys }, redact);
    }
  };

  /** The whole answer within its time; a stream's body may then take any time. */
  async function inTime(request: Request): Promise<{ readonly response: Response; readonly body: string }> {
    const late = new AbortController();
    const done = new AbortController();
    void clock.sleep(answerMs, done.signal).then(() => { if (!done.signal.aborted) late.abort(new Error(`no answer within ${answerMs / 1_000} s`)); });
    try {
      const response = await fetch(request, { signal: AbortSignal.any([request.signal, late.signal]) });
      runpodClock.heard(response.headers.get('date'));
      return { response, body: isStream(response) ? '' : await response.text() };
    } finally {
      done.abort();
    }
  }

  function noted(error: NebError): NebError {
    if (error.code === 'rate_limited') closedUntil = clock.now() + (error.retryAfterMs ?? 0);
    return error;
  }
}

/** Whether what is asked for costs money until it is deleted. */
function isPurchase({ method, url }: Request): boolean {
  const { pathname, searchParams } = new URL(url);
  return method === 'POST' && (/\/v2\/(?:pods|network-volumes)$/.test(pathname) || (pathname.endsWith('/graphql') && searchParams.get('operation') === 'rentSpot'));
}

function isStream({ ok, headers }: Response): boolean {
  return ok && (headers.get('content-type')?.startsWith('text/event-stream') ?? false);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
