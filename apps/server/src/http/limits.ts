import type { IncomingMessage } from 'node:http';
import { buckets, type Caller, type Clock, NebError, type Rate } from '@neb/core-types';
import { targetOf } from '@neb/sdk/contract';
import { addressKey } from './address-key.ts';

export interface LimitsOptions {
  /** For each credential. Absent, nobody is held back. */
  readonly rate: Rate | undefined;
  readonly clock: Clock;
  /** Told of each request that is held back. */
  readonly onLimited: (by: 'credential' | 'address') => void;
}

/** Throws `rate_limited` where `caller`, or for want of one the address of `request`, asks too much. */
export type Charge = (request: IncomingMessage, caller: Caller | undefined) => void;

/** Guessing a key is no ordinary use: what comes without a good one gets this share. */
const strangersShare = 0.1;

/**
 * The local administrator's token, which comes with no name of a credential, is not held back: it is the operator's own.
 * Everyone behind one proxy shares an address, and so what is left for wrong credentials; good ones are not touched by it.
 */
export function limits({ rate, clock, onLimited }: LimitsOptions): Charge {
  if (!rate) return () => {};
  const known = buckets(rate, clock);
  const strangers = buckets({ perSecond: rate.perSecond * strangersShare, burst: Math.max(1, Math.floor(rate.burst * strangersShare)) }, clock);

  return (request, caller) => {
    if (caller?.admin && caller.credential === undefined) return;
    const by = caller ? 'credential' : 'address';
    const waitMs = caller ? known.take(caller.credential ?? caller.id, callsIn(request)) : strangers.take(addressKey(request.socket.remoteAddress), callsIn(request));
    if (waitMs === 0) return;
    onLimited(by);
    throw new NebError('rate_limited', caller ? 'these are too many requests with one credential' : 'these are too many requests without a valid token', {
      retryAfterMs: waitMs, hint: `Go on in ${Math.ceil(waitMs / 1_000)} s.`,
    });
  };
}

/** A batch of tRPC is as many calls as it names. */
function callsIn({ url }: IncomingMessage): number {
  const { pathname } = targetOf(url);
  return pathname.startsWith('/trpc/') ? pathname.split(',').length : 1;
}
