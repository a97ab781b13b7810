import type { Kind } from '@neb/core-types';
import type { Resource } from '../store.ts';
import { demandOf } from '../demand.ts';
import { overSince, queueOf, wordOf } from '../resource-facts.ts';

/** A row of `resources` as a query returns it: seq is cast to a number, as drivers disagree on bigint. */
export interface ResourceRow {
  readonly id: string;
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly owner: string;
  readonly owner_ref: string | null;
  readonly labels: Record<string, string>;
  readonly seq: number;
  readonly version: number;
  readonly generation: number;
  readonly spec: unknown;
  readonly status: unknown;
  readonly finalizers: string[];
  readonly created_by: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted_at: Date | null;
  readonly gone_at: Date | null;
}

export const resourceColumns =
  'id, kind, namespace, name, owner, owner_ref, labels, seq::float8 as seq, version, generation, spec, status, finalizers, created_by, created_at, updated_at, deleted_at, gone_at';

export function fromRow<K extends Kind>(row: ResourceRow): Resource<K> {
  return {
    kind: row.kind as K,
    id: row.id,
    namespace: row.namespace,
    name: row.name,
    owner: row.owner,
    ...(row.owner_ref !== null && { ownerRef: row.owner_ref }),
    labels: row.labels,
    seq: row.seq,
    version: row.version,
    generation: row.generation,
    spec: row.spec as Resource<K>['spec'],
    status: row.status as Resource<K>['status'],
    finalizers: row.finalizers,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...(row.deleted_at && { deletedAt: row.deleted_at.toISOString() }),
    ...(row.gone_at && { goneAt: row.gone_at.toISOString() }),
  };
}

/** What is written for a resource: its columns, and those derived from spec and status so that indexes can use them. */
export function toRow(resource: Resource): Readonly<Record<string, unknown>> {
  return {
    id: resource.id,
    kind: resource.kind,
    namespace: resource.namespace,
    name: resource.name,
    owner: resource.owner,
    owner_ref: resource.ownerRef,
    labels: resource.labels,
    version: resource.version,
    generation: resource.generation,
    spec: resource.spec,
    status: resource.status,
    finalizers: resource.finalizers,
    created_by: resource.createdBy,
    created_at: resource.createdAt,
    updated_at: resource.updatedAt,
    deleted_at: resource.deletedAt,
    gone_at: resource.goneAt,
    word: wordOf(resource),
    over_since: overSince(resource),
    queue: queueOf(resource),
    demand: demandOf(resource),
    ...(resource.goneAt === undefined && { living: livingName(resource) }),
  };
}

/** What is unique among those that are not gone: one text, so that a plan made while the table was small can choose no other index. */
function livingName({ kind, namespace, name }: Pick<Resource, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace}/${name}`;
}
