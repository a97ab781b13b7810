import { endedWords } from '@neb/core-types';
import type { Resource } from '@neb/scheduler';
import type { Bought } from './clouds.ts';

/** Keys and containers that have more than one instance at this moment. */
export function doubles(bought: readonly Bought[]): readonly string[] {
  const keys = bought.map(({ key }) => key);
  const owners = keys.map((key) => key.slice(0, key.lastIndexOf('-')));
  return [
    ...keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${key} was bought twice`),
    ...owners.filter((owner, at) => owners.indexOf(owner) !== at).map((owner) => `${owner} has two instances: ${keys.join(', ')}`),
  ];
}

/** Instances that no container accounts for, and containers that are not where they are to be. */
export function unrest(containers: readonly Resource<'Container'>[], bought: readonly Bought[]): readonly string[] {
  const found: string[] = [];
  const owned = new Set<string>();
  for (const { id, status: { status, attempt, message, reason }, deletedAt, goneAt, finalizers } of containers) {
    if (deletedAt !== undefined) {
      if (goneAt === undefined || finalizers.length > 0) found.push(`${id} is to be gone and is ${status}`);
    } else if (status === 'running') owned.add(attempt?.ref ?? '');
    else if (!(endedWords.includes(status) && finalizers.length === 0 && reason !== undefined)) found.push(`${id} is stuck: ${status} ${message ?? ''}`);
  }
  for (const { ref } of bought) if (!owned.has(ref)) found.push(`instance ${ref} has no owner`);
  for (const ref of owned) if (bought.find((one) => one.ref === ref)?.runs !== true) found.push(`a container runs in ${ref}, where it does not`);
  return found;
}
