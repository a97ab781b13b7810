import { isNebError, type NebError } from '../errors.ts';
import type { CreateRequest, Instance, Provider } from '../provider.ts';
import type { FakeClock } from './fake-clock.ts';

/** The NebError that `work` rejects with; throws where it does anything else. */
export async function rejectionOf(work: Promise<unknown>): Promise<NebError> {
  const error = await work.then(() => undefined, (reason: unknown) => reason);
  if (!isNebError(error)) throw new Error(`expected a NebError, not ${String(error)}`);
  return error;
}

const mostTries = 100;

export interface Insisting {
  readonly provider: Pick<Provider, 'create'>;
  readonly clock: Pick<FakeClock, 'advance'>;
  /** Least time between two tries; 0 by default. */
  readonly leastMs?: number;
}

/** As a scheduler does: the same key again until it is had, when the platform says or after a second. Throws what trying again does not mend. */
export async function insist({ provider, clock, leastMs = 0 }: Insisting, request: CreateRequest): Promise<Instance> {
  for (let tries = 0; ; tries++) {
    try {
      return await provider.create(request);
    } catch (error) {
      if (!isNebError(error) || !error.retryable || tries > mostTries) throw error;
      clock.advance(Math.max(error.retryAfterMs ?? 1_000, leastMs));
    }
  }
}
