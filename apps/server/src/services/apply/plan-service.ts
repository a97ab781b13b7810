import { NebError } from '@neb/core-types';
import { newContainerStatus, newServiceStatus, type Resource, serviceReplicaSpec } from '@neb/scheduler';
import { titleOf } from '../views.ts';
import type { Planning } from './planning.ts';
import type { WantedOf } from './wanted.ts';

/** What a service is to be, once it can be; throws what is in the way. What its status tells stays, but for a number of replicas that somebody asked for by hand. */
export async function serviceWanted(planning: Planning, wanted: WantedOf<'Service'>, before: Resource<'Service'> | undefined): Promise<{ readonly after: Resource<'Service'>; readonly warnings: readonly string[] }> {
  const { kind: _, metadata, namespace: __, name: ___, ...spec } = wanted;
  const base = before ?? (await planning.blank('Service', wanted, { spec, status: newServiceStatus }));
  const { pinned: ____, ...status } = base.status;
  const after: Resource<'Service'> = { ...base, spec, status, labels: metadata.labels ?? {}, ownerRef: metadata.owner_ref };
  await refuseService(planning, after);
  // Requests go to the port that it names.
  const { proxy_port: _____, ...replica } = serviceReplicaSpec(after);
  return { after, warnings: planning.warnings(replica) };
}

/** Throws why its replicas can run nowhere here. */
export async function refuseService(planning: Pick<Planning, 'fault'>, service: Resource<'Service'>): Promise<void> {
  const replica = { ...service, kind: 'Container', spec: serviceReplicaSpec(service), status: newContainerStatus } as Resource<'Container'>;
  const refused = await planning.fault(replica);
  if (refused) throw new NebError(refused.code, `${titleOf(service)}: ${refused.message}`, { hint: refused.hint, details: refused.details, cause: refused });
}
