import type { NewEvent, Resource } from './store.ts';

/** An event about an object, for people. */
export function tell({ kind, namespace, name, id }: Pick<Resource, 'kind' | 'namespace' | 'name' | 'id'>, type: NewEvent['type'], [reason, message]: readonly [reason: string, message: string]): NewEvent {
  return { type, reason, message, object: { kind, namespace, name, id } };
}
