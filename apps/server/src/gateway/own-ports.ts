import type { Route, RouteFeed } from '@neb/core-types';
import { isFree } from './ports.ts';

export interface OwnPortsOptions {
  readonly host: string;
  /** Whether whoever listens there may be one of ours. */
  readonly mayBeOurs: () => boolean;
  readonly onTrouble: (error: Error) => void;
}

/**
 * The same routes, where a port that another program listens on is left out: workers share ports, and the system would
 * deal connections out to that program too. Once it was found free it is the route's.
 */
export function ownPorts(feed: RouteFeed, { host, mayBeOurs, onTrouble }: OwnPortsOptions): RouteFeed {
  const ours = new Map<string, number>();
  const withOwnPort = async (route: Route): Promise<Route> => {
    const { port, ...rest } = route;
    if (port === undefined || ours.get(route.id) === port) return route;
    if (!mayBeOurs() && !(await isFree(host, port))) {
      onTrouble(new Error(`Port ${port} of ${route.name}.${route.namespace} is taken by another program.`));
      return rest;
    }
    ours.set(route.id, port);
    return route;
  };
  return {
    async *watch(call) {
      for await (const change of feed.watch(call)) {
        if ('remove' in change) ours.delete(change.remove);
        yield 'put' in change ? { put: await withOwnPort(change.put) } : change;
      }
    },
  };
}
