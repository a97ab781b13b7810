import { growing, timestamp } from '@neb/core-types';
import type { Change, Resource } from './store.ts';

const going = { firstMs: 250, maxMs: 5_000 };

/** Asks for the deletion of an object whose kind has a controller, and for a pass of it. */
export function deletion(resource: Resource, now: number): readonly Change[] {
  const { kind, id } = resource;
  return [{ do: 'put', resource: { ...resource, deletedAt: timestamp(now) } }, { do: 'wake', kind, id }];
}

/** How long to wait for what goes with an object that is being deleted: longer, the longer it has taken. In milliseconds. */
export function goingMs({ deletedAt }: Pick<Resource, 'deletedAt'>, now: number): number {
  return growing(deletedAt === undefined ? 0 : Math.max(0, now - Date.parse(deletedAt)), going);
}
