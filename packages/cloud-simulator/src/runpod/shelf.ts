import { newId, type Random } from '@neb/core-types';

/** Things of one kind that an account keeps, by their ids. */
export interface Shelf<T> {
  add(thing: T): T & { readonly id: string };
  get(id: string): (T & { readonly id: string }) | undefined;
  all(): readonly (T & { readonly id: string })[];
  /** Whether there was one. */
  remove(id: string): boolean;
}

export function shelf<T extends object>(random: Random): Shelf<T> {
  const byId = new Map<string, T & { readonly id: string }>();
  return {
    add(thing) {
      const kept = { ...thing, id: newId(random) };
      byId.set(kept.id, kept);
      return kept;
    },
    get: (id) => byId.get(id),
    all: () => [...byId.values()],
    remove: (id) => byId.delete(id),
  };
}
