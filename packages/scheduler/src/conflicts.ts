import { kinds, NebError } from '@neb/core-types';
import { describeResource } from './resource-facts.ts';
import type { Resource } from './store.ts';

/** The name of a new object belongs to another that is not gone. */
export function nameTaken(resource: Resource): NebError {
  const { kind, name, namespace } = resource;
  const noun = kinds[kind].singular;
  const where = kind === 'Namespace' ? '' : ` in namespace ${namespace}`;
  return new NebError('conflict', `a ${noun} named ${name} exists${where}`, {
    hint: `Choose another name, or change or delete that ${noun}.`,
    details: { reason: 'name_taken', kind, namespace, name },
  });
}

/** What would be written is another owner's than those it is written for. */
export function beyondView(): NebError {
  return new NebError('unauthorized', 'this would belong to an owner, or be in a namespace, that is not yours');
}

/** Someone else wrote the object between our reading and our writing; `found` is absent if it is forgotten altogether. */
export function staleVersion(resource: Resource, found: number | undefined): NebError {
  const what = describeResource(resource);
  const happened = found === undefined ? 'no longer exists' : 'was changed by someone else meanwhile';
  return new NebError('conflict', `${what} ${happened}`, {
    hint: 'Read it again and repeat the change.',
    details: { reason: 'stale', kind: resource.kind, id: resource.id, version: resource.version, ...(found !== undefined && { found }) },
  });
}
