import type { RateVerdict } from './route-limits.ts';

/**
 * What an answer says about rates, as draft-ietf-httpapi-ratelimit-headers has it: how many may come in which time,
 * how many are left, and in how many seconds all are; with `Retry-After` where the request was refused.
 */
export function rateFields({ isWithin, rate, left, waitMs, fullMs }: RateVerdict): Readonly<Record<string, string>> {
  const { burst, perSecond, per } = rate;
  return {
    'ratelimit-policy': `"${per}";q=${Math.floor(burst)};w=${seconds((burst / perSecond) * 1_000)}`,
    ratelimit: `"${per}";r=${Math.max(0, left)};t=${seconds(fullMs)}`,
    ...(!isWithin && { 'retry-after': `${Math.max(1, seconds(waitMs))}` }),
  };
}

/** Rounded up, so that who waits so long does not come too early. */
const seconds = (ms: number): number => Math.min(2 ** 31, Math.ceil(ms / 1_000));
