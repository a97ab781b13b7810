import { type ContainerSpec, durationMs, type EnvVar, newId, type ProcessorSpec, type Random } from '@neb/core-types';
import { newReplica } from '../crew/new-replica.ts';
import type { Resource } from '../store.ts';

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

export interface NewWorker {
  readonly processor: Resource<'Processor'>;
  readonly spec: ContainerSpec;
  /** What its workers need in their environment; what the manifest says of the same names wins. */
  readonly env: readonly EnvVar[];
  readonly template: string;
  readonly now: number;
  readonly random: Random;
}

/** One more container of a processor, not yet stored. */
export function newWorker({ processor, spec, env, template, now, random }: NewWorker): Resource<'Container'> {
  const id = newId(random);
  const own = spec.env ?? [];
  const all = [...env, { key: 'REDIS_CONSUMER', value: consumerOf({ id }) }].filter(({ key }) => !own.some((one) => one.key === key));
  return newReplica({ id, owner: processor, spec: { ...spec, env: [...all, ...own] }, template, now });
}
