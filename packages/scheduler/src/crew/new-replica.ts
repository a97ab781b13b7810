import { type ContainerSpec, timestamp } from '@neb/core-types';
import { newContainerStatus } from '../container/new-status.ts';
import type { Resource } from '../store.ts';
import { crewLabels, type CrewOwner, templateLabel } from './labels.ts';

export interface NewReplica {
  readonly id: string;
  readonly owner: CrewOwner;
  readonly spec: ContainerSpec;
  readonly template: string;
  readonly now: number;
}

/** One more container of a processor or a service, not yet stored. */
export function newReplica({ id, owner, spec, template, now }: NewReplica): Resource<'Container'> {
  const { kind, name, namespace } = owner;
  const at = timestamp(now);
  const passedOn = owner.spec.container.metadata?.labels ?? {};
  const own = crewLabels[kind];
  return {
    kind: 'Container', id, namespace, name: `${name.slice(0, 110)}-${id.slice(-6)}`, owner: owner.owner, ownerRef: `${name}.${namespace}.${kind}`,
    labels: { ...passedOn, [own.name]: name, [own.id]: owner.id, [templateLabel]: template },
    seq: 0, version: 0, generation: 1, spec, status: newContainerStatus, finalizers: [],
    createdBy: owner.createdBy, createdAt: at, updatedAt: at,
  };
}
