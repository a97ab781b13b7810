import type { Route, RouteChange, RouteFeed } from '@neb/core-types';

/** Routes by the namespace they are of. */
export interface NamespaceRoutes {
  /** Those that are known of a namespace, by their ids. */
  of(namespace: string): ReadonlyMap<string, Route>;
  /** The namespace that a route is of, where it is known. */
  namespaceOf(id: string): string | undefined;
  /** What a gateway is told that is for this namespace alone. */
  feed(namespace: string): RouteFeed;
  take(change: RouteChange): void;
}

const none: ReadonlyMap<string, Route> = new Map();

/** `changed` is called with a namespace whose routes are others than before. */
export function namespaceRoutes(changed: (namespace: string) => void): NamespaceRoutes {
  const spaces = new Map<string, Map<string, Route>>();
  const spaceOf = new Map<string, string>();
  const listeners = new Map<string, Set<(change: RouteChange) => void>>();

  return {
    of: (namespace) => spaces.get(namespace) ?? none,
    namespaceOf: (id) => spaceOf.get(id),
    take(change) {
      const id = 'put' in change ? change.put.id : 'remove' in change ? change.remove : undefined;
      const namespace = 'put' in change ? change.put.namespace : id === undefined ? undefined : spaceOf.get(id);
      if (id === undefined || namespace === undefined) return;
      const space = spaces.get(namespace) ?? new Map<string, Route>();
      if ('put' in change) {
        space.set(id, change.put);
        spaceOf.set(id, namespace);
      } else {
        space.delete(id);
        spaceOf.delete(id);
      }
      if (space.size > 0) spaces.set(namespace, space);
      else spaces.delete(namespace);
      for (const listener of listeners.get(namespace) ?? []) listener(change);
      changed(namespace);
    },
    feed: (namespace) => ({
      async *watch({ signal } = {}) {
        const told: RouteChange[] = [...(spaces.get(namespace) ?? none).values()].map((put) => ({ put }));
        told.push({ synced: true });
        let wake: (() => void) | undefined;
        const listener = (change: RouteChange): void => {
          told.push(change);
          wake?.();
        };
        const own = listeners.get(namespace) ?? new Set();
        listeners.set(namespace, own.add(listener));
        const end = (): void => wake?.();
        signal?.addEventListener('abort', end);
        try {
          while (signal?.aborted !== true) {
            const next = told.shift();
            if (next) yield next;
            else await new Promise<void>((resolve) => { wake = resolve; });
          }
        } finally {
          signal?.removeEventListener('abort', end);
          own.delete(listener);
          if (own.size === 0) listeners.delete(namespace);
        }
      },
    }),
  };
}
