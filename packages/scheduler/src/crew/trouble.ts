import { type Condition, timestamp, withCondition } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import type { Change, NewEvent } from '../store.ts';
import type { CrewOwner } from './labels.ts';

/** Something that is in the way. */
export interface Trouble {
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

/** Its conditions, with the one that it is in trouble, or no more; none where it never was. */
export function withTrouble({ status: { conditions }, generation }: Pick<CrewOwner, 'status' | 'generation'>, trouble: Trouble | undefined, now: number): Condition[] {
  const wasStalled = conditions.some(({ type, status }) => type === 'Stalled' && status === 'true');
  if (!trouble && !wasStalled) return conditions;
  const { reason, message } = trouble ?? { reason: 'Recovered', message: '' };
  return [...withCondition(conditions, { type: 'Stalled', status: trouble ? 'true' : 'false', reason, message, generation }, timestamp(now))];
}

/** What writes `status`; nothing where it says what is written already. */
export function written<Owner extends CrewOwner>(owner: Owner, status: Owner['status'], events: readonly NewEvent[] = []): readonly Change[] {
  const put: readonly Change[] = isDeepStrictEqual(status, owner.status) ? [] : [{ do: 'put', resource: { ...owner, status } }];
  return [...put, ...events.map((event): Change => ({ do: 'tell', event }))];
}
