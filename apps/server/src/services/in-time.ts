import { type Call, NebError } from '@neb/core-types';

/** How long one platform may take to answer before it counts as not ready. */
const askMs = 5_000;

/** What a platform answers within a few seconds; rejects with `timeout` after that, also where it heeds no signal, so that it holds up no other. */
export async function inTime<T>(ask: (call: Call) => Promise<T>): Promise<T> {
  const enough = AbortSignal.timeout(askMs + 500);
  const late = new Promise<never>((_, reject) => {
    enough.addEventListener('abort', () => reject(new NebError('timeout', `it did not answer within ${askMs / 1_000} s`)), { once: true });
  });
  return await Promise.race([ask({ signal: AbortSignal.timeout(askMs) }), late]);
}
