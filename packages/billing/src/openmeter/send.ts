import { type Clock, isNebError, type Masker } from '@neb/core-types';
import { refused, unreachable, unreadable } from './errors.ts';

/** What sending depends on. */
export interface SendOptions {
  /** Absent for an OpenMeter of one's own, which asks for none. */
  readonly apiKey: string | undefined;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly answerMs: number;
  readonly redact: Masker;
}

/** A `fetch` that resolves only to what OpenMeter itself answers when all is well. Otherwise it rejects, with a NebError or the signal's reason. */
export function sender({ apiKey, fetch, clock, answerMs, redact }: SendOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (apiKey !== undefined) request.headers.set('Authorization', `Bearer ${apiKey}`);
    try {
      const { status, headers, body } = await inTime(request);
      if (status === 204) return new Response(null, { status });
      if (status !== 200 && status !== 201) throw refused({ status, body, retryAfter: headers.get('retry-after'), nowMs: clock.now() }, redact);
      const text = withExactNumbers(body);
      if (text === undefined) throw unreadable(body, redact);
      return new Response(text, { status, headers: { 'Content-Type': 'application/json' } });
    } catch (error) {
      if (isNebError(error)) throw error;
      request.signal.throwIfAborted();
      throw unreachable(error, redact);
    }
  };

  /** The whole answer within its time. A redirect is not followed: the key is for the address that was named. */
  async function inTime(request: Request): Promise<{ readonly status: number; readonly headers: Headers; readonly body: string }> {
    const late = new AbortController();
    const done = new AbortController();
    void clock.sleep(answerMs, done.signal).then(() => { if (!done.signal.aborted) late.abort(new Error(`no answer within ${answerMs / 1_000} s`)); });
    try {
      const response = await fetch(request, { signal: AbortSignal.any([request.signal, late.signal]), redirect: 'manual' });
      return { status: response.status, headers: response.headers, body: await response.text() };
    } finally {
      done.abort();
    }
  }
}

/** Numbers as the texts that they were written as: reading them as numbers would round them. `undefined` for what is no JSON. */
function withExactNumbers(body: string): string | undefined {
  const asWritten = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => (typeof value === 'number' ? (context?.source ?? String(value)) : value);
  try {
    return JSON.stringify(JSON.parse(body, asWritten));
  } catch {
    return undefined;
  }
}
