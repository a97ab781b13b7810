import type { Route } from '@neb/core-types';
import { resourceKey, type ResourceName } from '../request/resource.ts';

/** Which route a request is for. */
export interface RouteTable<R> {
  readonly size: number;
  get(id: string): R | undefined;
  byHost(host: string): R | undefined;
  byPort(port: number): R | undefined;
  byResource(name: ResourceName): R | undefined;
  /** Every route's own. */
  values(): Iterable<R>;
  put(route: Route, own: R): void;
  remove(id: string): R | undefined;
}

export function routeTable<R>(): RouteTable<R> {
  const all = new Map<string, { readonly route: Route; readonly own: R }>();
  const hosts = new Map<string, string>();
  const ports = new Map<number, string>();
  const names = new Map<string, string>();
  const own = (id: string | undefined): R | undefined => (id === undefined ? undefined : all.get(id)?.own);
  // What another route has taken since stays that one's.
  const unless = <K>(map: Map<K, string>, key: K, id: string): void => {
    if (map.get(key) === id) map.delete(key);
  };
  const forget = (id: string): void => {
    const known = all.get(id);
    if (!known) return;
    for (const host of known.route.hosts) unless(hosts, host, id);
    if (known.route.port !== undefined) unless(ports, known.route.port, id);
    unless(names, resourceKey(known.route), id);
    all.delete(id);
  };

  return {
    get size() { return all.size; },
    get: own,
    byHost: (host) => own(hosts.get(host)),
    byPort: (port) => own(ports.get(port)),
    byResource: (name) => own(names.get(resourceKey(name))),
    *values() {
      for (const entry of all.values()) yield entry.own;
    },
    put(route, mine) {
      forget(route.id);
      all.set(route.id, { route, own: mine });
      for (const host of route.hosts) hosts.set(host, route.id);
      if (route.port !== undefined) ports.set(route.port, route.id);
      names.set(resourceKey(route), route.id);
    },
    remove(id) {
      const known = own(id);
      forget(id);
      return known;
    },
  };
}
