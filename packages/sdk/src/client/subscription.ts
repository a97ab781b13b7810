import { NebError } from '@neb/core-types/errors';
import { streamEvents } from './event-stream.ts';
import { errorIn } from './http.ts';
import { pause, type Retry, worthAnotherTry } from './retry.ts';

export interface SubscriptionOptions {
  /** Opens the stream: from where the caller said, or after a position. */
  readonly open: (after: string | undefined, signal: AbortSignal) => Promise<Response>;
  readonly retry: Retry;
  readonly signal?: AbortSignal | undefined;
  /** The stream has no end of its own: where the server ends it, it is gone on with. */
  readonly endless?: boolean | undefined;
}

/**
 * The entries of a tRPC subscription, each once and in order, over as many connections as it takes. Rejects with what
 * the server refused it for, with `unavailable` where the server stays away, and with the reason of `signal`.
 *
 * tRPC's own link reads ahead without bound, hides why a stream was refused, waits 3 s before it connects again
 * however long the server is away, and brings server code into the client; hence this reader of the same stream.
 */
export async function* entries({ open, retry, signal, endless = false }: SubscriptionOptions): AsyncGenerator<unknown, void> {
  let after: string | undefined;
  let connected = false;
  let failures = 0;
  let pausedMs = 0;
  for (;;) {
    try {
      for await (const step of connection((abort) => open(after, abort), signal)) {
        if (step.do === 'end' && endless) break;
        if (step.do === 'end') return;
        if (step.do === 'connected') {
          [connected, failures, pausedMs] = [true, 0, 0];
          continue;
        }
        after = step.id ?? after;
        yield step.entry;
      }
      throw new NebError('unavailable', 'the connection was cut');
    } catch (error) {
      signal?.throwIfAborted();
      failures++;
      const patient = connected ? pausedMs < retry.reconnectMs : failures < retry.attempts;
      if (!patient || !worthAnotherTry(error)) throw error;
      const delayMs = error.retryAfterMs ?? retry.delayMs(failures + 1);
      pausedMs += delayMs;
      await pause(delayMs, signal);
    }
  }
}

type Step = { readonly do: 'connected' } | { readonly do: 'entry'; readonly id: string | undefined; readonly entry: unknown } | { readonly do: 'end' };

/** One connection's steps. Its end without `end` means that it was cut. */
async function* connection(open: (signal: AbortSignal) => Promise<Response>, signal: AbortSignal | undefined): AsyncGenerator<Step, void> {
  const silence = new AbortController();
  const response = await open(signal ? AbortSignal.any([signal, silence.signal]) : silence.signal);
  if (!response.body) return;
  const watchdog = heard(response.body, silence);
  try {
    for await (const { event, data, id } of streamEvents(watchdog.body)) {
      switch (event) {
        case 'connected':
          watchdog.limitMs = silenceOf(data);
          yield { do: 'connected' };
          break;
        case 'message':
          yield { do: 'entry', id, entry: JSON.parse(data) as unknown };
          break;
        case 'return':
          yield { do: 'end' };
          return;
        case 'serialized-error':
          throw errorIn(JSON.parse(data)) ?? new NebError('internal', 'the server ended the stream without saying why');
        default: // Pings, and what tRPC may add.
      }
    }
  } catch (error) {
    // What fetch throws in the middle of a body means one thing only.
    throw error instanceof TypeError || silence.signal.aborted ? new NebError('unavailable', 'the connection was cut', { cause: error }) : error;
  }
}

interface Watchdog {
  readonly body: AsyncIterable<Uint8Array>;
  limitMs: number;
}

/** A body that aborts where nothing comes for `limitMs` although it was asked for. */
function heard(body: AsyncIterable<Uint8Array>, silence: AbortController): Watchdog {
  const watchdog: Watchdog = { limitMs: longestSilenceMs, body: watched() };
  return watchdog;

  async function* watched(): AsyncGenerator<Uint8Array, void> {
    const chunks = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const timer = setTimeout(() => silence.abort(), watchdog.limitMs);
        const next = await chunks.next().finally(() => clearTimeout(timer));
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }
}

const longestSilenceMs = 60_000;

function silenceOf(data: string): number {
  const { reconnectAfterInactivityMs } = JSON.parse(data) as { readonly reconnectAfterInactivityMs?: number };
  return reconnectAfterInactivityMs ?? longestSilenceMs;
}
