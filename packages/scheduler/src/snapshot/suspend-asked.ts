import { type Asked, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';
import { asideKey } from './sweep.ts';

/** What is written into a container's status to have it suspended, by whoever asks. */
export function suspendAsked({ id, version }: Pick<Resource<'Container'>, 'id' | 'version'>, now: number): Extract<Asked, { do: 'suspend' }> {
  return { do: 'suspend', key: asideKey(id, version), at: timestamp(now) };
}
