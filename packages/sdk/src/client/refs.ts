import type { Ref } from '../contract/services.ts';

/** An object by its id, by its name in a namespace, or by its name in the client's own namespace. */
export type ObjectRef = { readonly id: string } | { readonly name: string; readonly namespace?: string | undefined };

/** Fills in the namespace that a reference leaves out. */
export type Resolve = (ref: ObjectRef) => Ref;

export function resolver(namespace: string): Resolve {
  return (ref) => ('id' in ref ? { id: ref.id } : { name: ref.name, namespace: ref.namespace ?? namespace });
}
