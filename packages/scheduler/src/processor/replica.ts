import { type ContainerSpec, durationMs, type EnvVar, newId, type ProcessorSpec, type Random, timestamp } from '@neb/core-types';
import { createHash } from 'node:crypto';
import { newContainerStatus } from '../container/new-status.ts';
import { launchFingerprint } from '../container/fingerprint.ts';
import type { Resource } from '../store.ts';

/** How a processor's containers are told from others, and from those of its earlier specifications. */
export const labels = { processor: 'neb.processor', id: 'neb.processor-id', template: 'neb.template' } as const;

/** The name that a worker is asked to read under. */
export function consumerOf({ id }: Pick<Resource, 'id'>): string {
  return `container-${id}`;
}

/** What each worker runs: the container of the manifest, on the platform from which it reaches the streams. */
export function workerSpec({ spec }: Pick<Resource<'Processor'>, 'spec'>, platform: string | undefined): ContainerSpec {
  const { kind: _, metadata: __, ...container } = spec.container;
  const { maxAttempts, visibilityMs } = careOf(spec);
  const env = [{ key: 'NEB_MAX_ATTEMPTS', value: String(maxAttempts) }, { key: 'NEB_VISIBILITY_MS', value: String(visibilityMs) }];
  return { ...container, ...(platform !== undefined && { platform: container.platform ?? platform }), env: [...env, ...(container.env ?? [])] };
}

/** How long and how often a message is tried. */
export function careOf({ max_attempts: maxAttempts = 5, visibility = '1m' }: ProcessorSpec): { readonly maxAttempts: number; readonly visibilityMs: number } {
  return { maxAttempts, visibilityMs: durationMs(visibility) };
}

/** Equal for processors whose workers need not be replaced by one another's. */
export function templateOf(spec: ContainerSpec): string {
  const { health_check, timeout, restart } = spec;
  return createHash('sha256').update(JSON.stringify([launchFingerprint(spec), health_check, timeout, restart])).digest('hex').slice(0, 16);
}

export interface NewReplica {
  readonly processor: Resource<'Processor'>;
  readonly spec: ContainerSpec;
  /** What its workers need in their environment; what the manifest says of the same names wins. */
  readonly env: readonly EnvVar[];
  readonly template: string;
  readonly now: number;
  readonly random: Random;
}

/** One more container of a processor, not yet stored. */
export function newReplica({ processor, spec, env, template, now, random }: NewReplica): Resource<'Container'> {
  const id = newId(random);
  const at = timestamp(now);
  const own = spec.env ?? [];
  const all = [...env, { key: 'REDIS_CONSUMER', value: consumerOf({ id }) }].filter(({ key }) => !own.some((one) => one.key === key));
  const passedOn = processor.spec.container.metadata?.labels ?? {};
  return {
    kind: 'Container', id, namespace: processor.namespace, name: `${processor.name.slice(0, 110)}-${id.slice(-6)}`, owner: processor.owner,
    ownerRef: `${processor.name}.${processor.namespace}.Processor`,
    labels: { ...passedOn, [labels.processor]: processor.name, [labels.id]: processor.id, [labels.template]: template },
    seq: 0, version: 0, generation: 1, spec: { ...spec, env: [...all, ...own] }, status: newContainerStatus, finalizers: [],
    createdBy: processor.createdBy, createdAt: at, updatedAt: at,
  };
}
