import type { Processor, Service } from '@neb/core-types';

/** The status word, unless its end has been asked for. */
export function statusWord({ status, metadata }: Processor | Service): string {
  return metadata.deleted_at !== undefined && status.status !== 'deleted' ? 'deleting' : status.status;
}

/** `2/3 (0-10)`: ready of those that should be, and what bounds them; `3!` where somebody asked for three by hand. */
export function replicasText({ status: { replicas, pinned }, min_replicas: min = 1, max_replicas: max = Math.max(10, min) }: Pick<Processor | Service, 'min_replicas' | 'max_replicas'> & { readonly status: Pick<Service['status'], 'replicas' | 'pinned'> }): string {
  return `${replicas.ready}/${replicas.desired}${pinned === undefined ? '' : '!'} (${min}-${max})`;
}
