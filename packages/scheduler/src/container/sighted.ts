import { type Attempt, compareMoney, type Instance } from '@neb/core-types';
import { repriced } from './terms.ts';
import { patchedAttempt } from './verdict.ts';

/** The attempt with what a sight of its instance tells of it for good: that there is one, from when the platform asks for it, and what. */
export function sighted(attempt: Attempt, seen: Instance, atMs: number): Attempt {
  // That what has stopped costs nothing is no price of the time before.
  const price = costsNoMore(seen) || seen.state === 'suspended' ? undefined : seen.pricePerHour;
  const known = met(attempt, seen);
  return price === undefined ? known : repriced(known, { price, paused: attempt.paused, atMs });
}

/** The same but for the price. */
export function met(attempt: Attempt, seen: Instance): Attempt {
  return patchedAttempt(attempt, { ref: seen.ref, billed_from: seen.createdAt ?? attempt.billed_from });
}

/** Whether the platform tells of what has ended that it asks nothing for it any more, so that nobody needs to see it gone. */
export function costsNoMore({ state, pricePerHour }: Instance): boolean {
  return state === 'exited' && pricePerHour !== undefined && compareMoney(pricePerHour, '0') === 0;
}
