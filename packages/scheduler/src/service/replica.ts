import { type ContainerSpec, newId, type Random, servicePort, type ServiceSpec } from '@neb/core-types';
import { newReplica } from '../crew/new-replica.ts';
import { shortHash, templateOf } from '../crew/template.ts';
import type { Resource } from '../store.ts';

/** Which revision a replica was made for. */
const revisionLabel = 'neb.revision';

/** What each replica runs. Its `proxy_port` is where requests go, and it is ready once its health check passes, which is an open port where none is given. */
export function serviceReplicaSpec({ spec }: { readonly spec: ServiceSpec }): ContainerSpec {
  const { kind: _, metadata: __, ...container } = spec.container;
  const platform = container.platform ?? spec.platform;
  const port = servicePort(spec);
  return { ...container, ...(platform !== undefined && { platform }), proxy_port: port, health_check: spec.health ?? container.health_check ?? { protocol: 'tcp', port } };
}

/** Equal for services whose replicas need not be replaced by one another's. */
export function serviceTemplate({ spec, status: { restarted_at: restartedAt } }: Pick<Resource<'Service'>, 'spec' | 'status'>): string {
  const replica = serviceReplicaSpec({ spec });
  return shortHash([templateOf(replica), replica.proxy_port, restartedAt]);
}

export interface NewServiceReplica {
  readonly service: Resource<'Service'>;
  readonly target: { readonly revision: number; readonly template: string; readonly spec: ServiceSpec };
  readonly now: number;
  readonly random: Random;
}

/** One more container of a service, not yet stored. */
export function newServiceReplica({ service, target, now, random }: NewServiceReplica): Resource<'Container'> {
  const replica = newReplica({ id: newId(random), owner: { ...service, spec: target.spec }, spec: serviceReplicaSpec(target), template: target.template, now });
  return { ...replica, labels: { ...replica.labels, [revisionLabel]: String(target.revision) } };
}
