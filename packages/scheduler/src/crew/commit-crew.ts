import { isNebError, messageOf } from '@neb/core-types';
import { deletion } from '../deletion.ts';
import { quotaChanges, quotaOfOwner } from '../quota-changes.ts';
import type { Change, Resource } from '../store.ts';
import type { World } from '../world.ts';
import type { CrewOwner } from './labels.ts';
import type { Trouble } from './trouble.ts';

export interface CrewCommit {
  readonly owner: CrewOwner;
  /** How many more containers there are to be. */
  readonly create: number;
  /** One more, not yet stored. */
  readonly fresh: () => Resource<'Container'>;
  readonly remove: readonly Resource<'Container'>[];
  /** What is written beside, where only so many could be had, and what was in the way of more. */
  readonly beside: (create: number, trouble: Trouble | undefined) => readonly Change[];
}

/** Until a quota that was in the way is tried again, in milliseconds. */
export const quotaMs = 15_000;

/**
 * Writes an owner with its containers in one commit, or none of it, which fails with `conflict` where another server decided meanwhile: two never
 * start containers for one decision. Where a quota is in the way, half as many are tried, down to none. Whether anything was written, and what was in the way.
 */
export async function commitCrew(world: World, { owner, create: wanted, fresh, remove, beside }: CrewCommit): Promise<{ readonly isWritten: boolean; readonly trouble: Trouble | undefined }> {
  const { store, clock, ownerQuota } = world;
  let trouble: Trouble | undefined;
  for (let create = wanted; ; create = Math.floor(create / 2)) {
    const changes = [...beside(create, trouble), ...(await additions(create)), ...remove.flatMap((container) => deletion(container, clock.now()))];
    try {
      if (changes.length > 0) await store.commit(changes);
      return { isWritten: changes.length > 0, trouble };
    } catch (error) {
      if (!isNebError(error, 'quota') || create === 0) throw error;
      trouble = { reason: 'Quota', message: messageOf(error) };
    }
  }

  async function additions(create: number): Promise<readonly Change[]> {
    if (create === 0) return [];
    const more = Array.from({ length: create }, fresh);
    const space = await store.find({ kind: 'Namespace', namespace: '', name: owner.namespace });
    // All are alike, and so is what bounds them.
    const bounds = space && more[0] ? await quotaChanges({ after: more[0], before: undefined, space, ofOwner: (of) => quotaOfOwner(store, of, ownerQuota) }) : [];
    return [
      ...(space ? [{ do: 'need', resource: space } as const] : []),
      ...bounds,
      ...more.flatMap((resource): Change[] => [{ do: 'put', resource }, { do: 'wake', kind: 'Container', id: resource.id }]),
    ];
  }
}
