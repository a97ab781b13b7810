import type { Route } from '@neb/core-types';

/** A service of a test. */
export function plainRoute(more: Partial<Route> = {}): Route {
  return { id: 'svc1', kind: 'Service', namespace: 'ml', name: 'chat', owner: 'acme', hosts: ['chat.ml.localhost'], replicas: [], holdMs: 2_000, meters: [], ...more };
}
