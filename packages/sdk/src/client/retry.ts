import { isNebError, type NebError } from '@neb/core-types/errors';

export interface RetryOptions {
  /** How often a call is tried in all; 3 by default. A change is only repeated where it cannot have reached the server. */
  readonly attempts?: number | undefined;
  /** Before the second try, doubled before each further one, up to 2 s; 100 by default. */
  readonly delayMs?: number | undefined;
  /** How long a broken watch or log waits in all for the server to come back; 60,000 by default. */
  readonly reconnectMs?: number | undefined;
}

export interface Retry {
  readonly attempts: number;
  readonly reconnectMs: number;
  /** Before try `number`, counted from 2. */
  delayMs(number: number): number;
}

export function retrying(options: RetryOptions | false = {}): Retry {
  const { attempts = 3, delayMs = 100, reconnectMs = 60_000 } = options || { attempts: 1, reconnectMs: 0 };
  return { attempts, reconnectMs, delayMs: (number) => Math.min(longestDelayMs, delayMs * 2 ** (number - 2)) };
}

const longestDelayMs = 2_000;

/** Whether a call that only reads may help itself by asking again. */
export function worthAnotherTry(error: unknown): error is NebError {
  return isNebError(error, 'unavailable') || isNebError(error, 'rate_limited');
}

/** Rejects with the reason of `signal` when it aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
