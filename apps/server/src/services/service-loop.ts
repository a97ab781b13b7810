import { collect, type ContainerSpec, durationMs, paginate, type ServiceRevision, type ServiceSpec, type ServiceStatus, timestamp } from '@neb/core-types';
import { type Resource, type Store, templateOf } from '@neb/scheduler';
import type { LatencyPolicyView } from '@neb/sdk/contract';

/** The status of a service that was just created. */
export const newServiceStatus: ServiceStatus = { status: 'creating', replicas: { desired: 0, ready: 0, starting: 0, draining: 0 }, revision: 0, history: [], conditions: [] };

/** What each replica runs. */
export function serviceReplicaSpec({ spec }: Pick<Resource<'Service'>, 'spec'>): ContainerSpec {
  const { kind: _, metadata: __, ...container } = spec.container;
  const platform = container.platform ?? spec.platform;
  return { ...container, ...(platform !== undefined && { platform }), ...(spec.health && { health_check: spec.health }) };
}

/** `service` as it was at `revision`. */
export function undone(service: Resource<'Service'>, revision: ServiceRevision, now: number): Resource<'Service'> {
  const { history } = service.status;
  const spec = revision.spec as unknown as ServiceSpec;
  const next: ServiceRevision = { ...revision, revision: (history.at(-1)?.revision ?? 0) + 1, at: timestamp(now), cause: `rollout undo to revision ${revision.revision}`, outcome: 'rolling' };
  return { ...service, spec, generation: service.generation + 1, status: { ...service.status, revision: next.revision, history: [...history, next], progress_at: timestamp(now) } };
}

/** `service` with all of its replicas to be replaced. */
export function restarted(service: Resource<'Service'>, now: number): Resource<'Service'> {
  return { ...service, status: { ...service.status, restarted_at: timestamp(now) } };
}

/** What a container was made from. */
export const templateLabel = 'neb.template';

/** The containers of a service that are not gone, in order of creation. */
export async function replicasOf(store: Pick<Store, 'list'>, { id, namespace }: Pick<Resource<'Service'>, 'id' | 'namespace'>): Promise<readonly Resource<'Container'>[]> {
  return await collect(paginate((cursor) => store.list({ kind: 'Container', namespace, labels: [{ key: 'neb.service-id', op: 'in', values: [id] }], limit: 1_000, cursor })));
}

/** Names what replicas of it run. */
export function serviceTemplate(service: Resource<'Service'>): string {
  return templateOf(serviceReplicaSpec(service));
}

/** The policy that a manifest stands for. */
export function latencyPolicy({ min_replicas, max_replicas, scale = {} }: ServiceSpec): LatencyPolicyView {
  const { up, down, zero } = scale;
  const min = min_replicas ?? Math.min(1, max_replicas ?? 1);
  return {
    min, max: max_replicas ?? Math.max(min, 10),
    up: { aboveMs: up ? durationMs(up.above_latency) : 500, holdMs: up ? durationMs(up.duration) : 10_000 },
    down: { belowMs: down ? durationMs(down.below_latency) : 50, holdMs: down ? durationMs(down.duration) : 300_000 },
    ...(min === 0 && { zero: { holdMs: zero ? durationMs(zero.duration) : 600_000 } }),
  };
}
