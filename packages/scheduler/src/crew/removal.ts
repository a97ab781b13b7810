import { timestamp } from '@neb/core-types';
import { deletion } from '../deletion.ts';
import type { Change, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import type { World } from '../world.ts';
import type { CrewOwner } from './labels.ts';

/** Asks for the deletion of those that were not asked yet. */
export function deletions(containers: readonly Resource<'Container'>[], now: number): readonly Change[] {
  return containers.filter((one) => one.deletedAt === undefined).flatMap((one) => deletion(one, now));
}

/** What `count` of its containers that are being removed are called in its message. */
export function leavingWords(noun: string, count: number): string {
  return `${count} of its ${noun}s ${count === 1 ? 'is' : 'are'} being removed`;
}

/** What is written of an owner that is gone: a namespace that is being deleted waits for what is in it. */
export async function goneWith({ store, clock }: World, owner: CrewOwner): Promise<readonly Change[]> {
  const space = await store.find({ kind: 'Namespace', namespace: '', name: owner.namespace });
  const waits = space?.deletedAt !== undefined && space.goneAt === undefined;
  return [
    { do: 'put', resource: { ...owner, goneAt: timestamp(clock.now()) } },
    { do: 'tell', event: tell(owner, 'normal', ['Deleted', 'it is gone']) },
    ...(waits ? [{ do: 'wake', kind: 'Namespace', id: space.id } as const] : []),
  ];
}
