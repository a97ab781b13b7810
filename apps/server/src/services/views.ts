import type { Budget, Container, Kind, Metadata, Namespace, Processor, Secret, Service, SnapshotObject } from '@neb/core-types';
import type { Resource } from '@neb/scheduler';

/** A container as the API shows it. */
export function containerView(resource: Resource<'Container'>): Container {
  return { kind: 'Container', metadata: metadataView(resource), ...resource.spec, status: resource.status };
}

/** A namespace as the API shows it. */
export function namespaceView(resource: Resource<'Namespace'>): Namespace {
  return { kind: 'Namespace', metadata: metadataView(resource), ...(resource.spec.quota && { quota: resource.spec.quota }), status: resource.status };
}

/** A budget as the API shows it. */
export function budgetView(resource: Resource<'Budget'>): Budget {
  return { kind: 'Budget', metadata: metadataView(resource), ...resource.spec, status: resource.status };
}

/** A secret as the API shows it: without its value, which is not in the resource either. */
export function secretView(resource: Resource<'Secret'>): Secret {
  const { expires_at: expiresAt } = resource.spec;
  return { kind: 'Secret', metadata: metadataView(resource), ...(expiresAt !== undefined && { expires_at: expiresAt }) };
}

/** A processor as the API shows it: without what only the autoscaler reads. */
export function processorView(resource: Resource<'Processor'>): Processor {
  const { scaling: _, ...status } = resource.status;
  return { kind: 'Processor', metadata: metadataView(resource), ...resource.spec, status };
}

/** A service as the API shows it: without what only the autoscaler and the door read. */
export function serviceView(resource: Resource<'Service'>): Service {
  const { scaling: _, keys: __, ...status } = resource.status;
  return { kind: 'Service', metadata: metadataView(resource), ...resource.spec, status };
}

/** A snapshot as the API shows it: without for whom it was taken. */
export function snapshotView(resource: Resource<'Snapshot'>): SnapshotObject {
  const { for_containers: _, ...spec } = resource.spec;
  return { kind: 'Snapshot', metadata: metadataView(resource), ...spec, status: resource.status };
}

function metadataView(resource: Resource): Metadata {
  return {
    name: resource.name,
    namespace: resource.namespace,
    id: resource.id,
    owner: resource.owner,
    labels: { ...resource.labels },
    created_at: resource.createdAt,
    created_by: resource.createdBy,
    updated_at: resource.updatedAt,
    generation: resource.generation,
    version: resource.version,
    ...(resource.ownerRef !== undefined && { owner_ref: resource.ownerRef }),
    ...(resource.deletedAt !== undefined && { deleted_at: resource.deletedAt }),
  };
}

/** `my-app/web` for people; a namespace by its name alone. */
export function titleOf(object: { readonly kind: Kind; readonly namespace: string; readonly name: string }): string {
  const { kind, namespace, name } = object;
  return `${kind.toLowerCase()} ${kind === 'Namespace' ? name : `${namespace}/${name}`}`;
}
