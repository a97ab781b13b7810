import { isNebError } from '@neb/core-types';
import type { Context } from './context.ts';

/** For what outlives its request: aborts with `until`, and before that, with a NebError for a reason, when the caller may not stay. */
export function whileGood({ whileGood: watched }: Context, until: AbortSignal): AbortSignal {
  return watched ? watched(until) : until;
}

/** What `source` gives. Where `signal` aborts with a NebError it throws that at once; what any other abort means is for `source` to say. */
export async function* lasting<T>(signal: AbortSignal, source: AsyncIterable<T>): AsyncGenerator<T, void> {
  const items = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await unlessTold(signal, items.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const closed = Promise.resolve(items.return?.()).catch(() => undefined);
    // A source that waits for something cannot be closed before that comes.
    if (!signal.aborted) await closed;
  }
}

function unlessTold<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      if (isNebError(signal.reason)) reject(signal.reason);
    };
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
