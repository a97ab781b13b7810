import type { Container } from './container.ts';
import type { ContainerStatus } from './container-status.ts';
import type { Metadata } from './metadata.ts';

/** The fields of `metadata` and `status` that a row has. */
const rowMetadata = ['name', 'namespace', 'id', 'owner', 'labels', 'created_at', 'deleted_at'] as const satisfies readonly (keyof Metadata)[];
const rowStatus = [
  'status', 'ready', 'progress', 'platform', 'accelerator', 'cost_per_hr', 'exit_code', 'restart_count',
] as const satisfies readonly (keyof ContainerStatus)[];

/** Of a container what a long list shows, a quarter of the whole. Every container is such a row, too. */
export interface ContainerRow extends Pick<Container, 'platform' | 'accelerators'> {
  readonly metadata: Pick<Metadata, (typeof rowMetadata)[number]>;
  readonly status: Pick<ContainerStatus, (typeof rowStatus)[number]>;
}

/** The row of a container. */
export function containerRow({ metadata, platform, accelerators, status }: ContainerRow): ContainerRow {
  return {
    metadata: pick(metadata, rowMetadata),
    ...(platform !== undefined && { platform }),
    ...(accelerators !== undefined && { accelerators }),
    status: pick(status, rowStatus),
  };
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key];
  return picked as Pick<T, K>;
}
