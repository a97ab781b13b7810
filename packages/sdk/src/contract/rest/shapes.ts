import { type Budget, budget, type Container, container, containerStatus, type Metadata, metadata, type Namespace, namespace, type Processor, type Secret, secret, type Service, type SnapshotObject, snapshotObject } from '@neb/core-types';
import { z } from 'zod';
import { showSnapshot } from '../aside-shapes.ts';
import { showProcessor, shownProcessor } from '../processor-shapes.ts';
import { shownService, showService } from '../service-shapes.ts';

/*
 * The original's shapes: metadata carries seconds since the epoch, and `cost_per_hr` is a number. What the original did
 * not have keeps neb's own form, RFC 3339 times included.
 */
const seconds = z.int().describe('Seconds since the epoch.');

const restMetadata = metadata.extend({ created_at: seconds, updated_at: seconds, deleted_at: seconds.optional() });

export const restContainer = container.extend({
  metadata: restMetadata,
  status: containerStatus.extend({ cost_per_hr: z.number().optional().describe('US dollars.') }),
});
export const restBudget = budget.extend({ metadata: restMetadata });
export const restNamespace = namespace.extend({ metadata: restMetadata });
export const restProcessor = shownProcessor.extend({ metadata: restMetadata });
export const restService = shownService.extend({ metadata: restMetadata });
export const restSnapshot = snapshotObject.extend({ metadata: restMetadata });
export const restSecret = secret.extend({ metadata: restMetadata, expires_at: seconds.optional() });

export function containerShape({ metadata: meta, status, ...rest }: Container): object {
  const { cost_per_hr: cost, ...others } = status;
  return { ...rest, metadata: metadataShape(meta), status: { ...others, ...(cost !== undefined && { cost_per_hr: Number(cost) }) } };
}

export function namespaceShape({ metadata: meta, ...rest }: Namespace): object {
  return { ...rest, metadata: metadataShape(meta) };
}

export function budgetShape({ metadata: meta, ...rest }: Budget): object {
  return { ...rest, metadata: metadataShape(meta) };
}

export function processorShape(object: Processor): object {
  const { metadata: meta, ...rest } = showProcessor(object);
  return { ...rest, metadata: metadataShape(meta) };
}

export function serviceShape(object: Service): object {
  const { metadata: meta, ...rest } = showService(object);
  return { ...rest, metadata: metadataShape(meta) };
}

export function snapshotShape(object: SnapshotObject): object {
  const { metadata: meta, ...rest } = showSnapshot(object);
  return { ...rest, metadata: metadataShape(meta) };
}

export function secretShape({ metadata: meta, expires_at: expires, ...rest }: Secret): object {
  return { ...rest, metadata: metadataShape(meta), ...(expires !== undefined && { expires_at: epochSeconds(expires) }) };
}

function metadataShape({ created_at, updated_at, deleted_at, ...rest }: Metadata): object {
  return {
    ...rest,
    created_at: epochSeconds(created_at),
    updated_at: epochSeconds(updated_at),
    ...(deleted_at !== undefined && { deleted_at: epochSeconds(deleted_at) }),
  };
}

function epochSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1_000);
}
