import { type Call, isNebError } from '@neb/core-types';
import type { Calls } from './calls.ts';

/** What is missing before EC2 can be used, in words for the operator; `undefined` when it is ready. */
export async function readinessOf({ regions, callsIn }: { readonly regions: readonly string[]; callsIn(region: string): Calls }, call?: Call): Promise<string | undefined> {
  call?.signal?.throwIfAborted();
  const [region] = regions;
  if (region === undefined) return 'AWS has no region; set AWS_REGION to one such as us-east-1.';
  try {
    await callsIn(region).subnets({ MaxResults: 5 }, call?.signal);
    return undefined;
  } catch (error) {
    // Too many calls are no reason to place nothing here.
    if (!isNebError(error) || error.code === 'rate_limited') {
      call?.signal?.throwIfAborted();
      return undefined;
    }
    return `${error.message[0]?.toUpperCase() ?? ''}${error.message.slice(1)}.${error.hint ? ` ${error.hint}` : ''}`;
  }
}
