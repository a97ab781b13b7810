import { type ContainerWord, endedWords, NebError } from '@neb/core-types';
import type { Resource } from './store.ts';

/** The word of status that listings filter and count by; empty for kinds that have none. */
export function statusWord(resource: Resource): string {
  const { status } = resource.status as { status?: unknown };
  return typeof status === 'string' ? status : '';
}

export function hasEnded(resource: Resource): boolean {
  return resource.goneAt !== undefined || endedWords.includes(statusWord(resource) as ContainerWord);
}

export function nameTaken({ kind, namespace, name }: Resource): NebError {
  const where = namespace === '' ? '' : ` in namespace ${namespace}`;
  return new NebError('conflict', `a ${kind.toLowerCase()} named ${name} exists${where}`, { hint: 'Take another name, delete the other first, or use `neb apply` to change it.' });
}
