import { setTimeout as sleep } from 'node:timers/promises';
import { isNebError } from '@neb/core-types';

/** Looks again and again until what it checks holds; then, or after so long, as the last look ended. */
export async function eventually<T>(check: () => Promise<T>, withinMs = 240_000): Promise<T> {
  for (const until = Date.now() + withinMs; ; await sleep(300)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until || isNebError(error, 'invalid')) throw error;
    }
  }
}
