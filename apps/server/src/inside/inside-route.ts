import type { Route } from '@neb/core-types';

/** The names by which what is in a route's namespace knows it. */
export function insideNames({ kind, id, name, namespace }: Pick<Route, 'kind' | 'id' | 'name' | 'namespace'>): readonly string[] {
  const names = kind === 'Service' ? [`service-${id}`, `${name}.${namespace}`] : [`container-${id}`];
  return names.map((one) => one.toLowerCase());
}

/** The same route as its own namespace sees it. `hasPort`: its own port is free at the address it has there. */
export function insideRoute({ port, ...route }: Route, hasPort: boolean): Route {
  return { ...route, ...(hasPort && port !== undefined && { port }), hosts: insideNames(route) };
}
