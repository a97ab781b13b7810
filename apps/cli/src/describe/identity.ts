import type { Metadata } from '@neb/core-types';
import { age } from '../render/age.ts';

/** What it is called, and whose it is. */
export function identityFacts({ namespace, id, owner, labels, created_at: createdAt, deleted_at: deletedAt }: Metadata, now: number): readonly (readonly [name: string, value: string | undefined])[] {
  return [
    ['Namespace', namespace],
    ['Id', id],
    ['Owner', owner],
    ['Labels', Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', ')],
    ['Created', `${age(createdAt, now)} ago (${createdAt})`],
    ['Deletion', deletedAt && `asked for ${age(deletedAt, now)} ago`],
  ];
}
