import { type Container, inDollars, retryBudget } from '@neb/core-types';
import { age } from '../render/age.ts';

/** What a container's tries came to, where there is something to tell. */
export function retryFacts({ retry, status }: Container, now: number): readonly (readonly [string, string | undefined])[] {
  const { used, limit } = retryBudget({ retry }, status);
  const isTold = status.wasted !== undefined || (retry?.max_cost !== undefined && status.status !== 'completed');
  return [
    ['Wasted', isTold ? `${inDollars(used)} of ${inDollars(limit)} that tries may cost that come to nothing` : undefined],
    ['Tried since', status.tried_since && `${age(status.tried_since, now)} ago${retry?.max_time === undefined ? '' : `, for at most ${retry.max_time}`}`],
    ['Refused by', status.refused_by?.map(({ platform, message }) => `${platform}: ${message}`).join('\n')],
  ];
}
