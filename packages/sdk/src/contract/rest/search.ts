import type { Container } from '@neb/core-types';
import { z } from 'zod';

const anything = z.unknown().optional();

/** The original's search: each field that is given must match, and unknown ones are dropped. */
export const searchBody = z.object({
  namespace: z.string().nullish(), image: z.string().nullish(), platform: z.string().nullish(), queue: z.string().nullish(), timeout: z.string().nullish(),
  command: anything, args: anything, proxy_port: z.number().nullish(), restart: z.string().nullish(),
  accelerators: z.array(z.string()).nullish().describe('Exactly these, in this order.'),
  env: anything.describe('Contained in the container\'s, as are the objects and lists that follow.'),
  volumes: anything, labels: anything, resources: anything, meters: anything, health_check: anything, authz: anything,
});
export type Search = z.infer<typeof searchBody>;

export function matchesSearch(container: Container, search: Search): boolean {
  const { namespace, labels, accelerators, ...fields } = search;
  const wanted = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return (
    (namespace === undefined || namespace === null || container.metadata.namespace === namespace) &&
    (labels === undefined || labels === null || contains(container.metadata.labels, labels)) &&
    (accelerators === undefined || accelerators === null || JSON.stringify(container.accelerators ?? []) === JSON.stringify(accelerators)) &&
    wanted.every(([field, value]) => contains(container[field as keyof Container], value))
  );
}

/** As PostgreSQL's jsonb containment: an object by its fields, a list by its items, all else by equality. */
function contains(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(actual) && wanted.every((item) => actual.some((candidate) => contains(candidate, item)));
  if (typeof wanted !== 'object' || wanted === null) return actual === wanted;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(wanted).every(([key, value]) => contains((actual as Readonly<Record<string, unknown>>)[key], value));
}
