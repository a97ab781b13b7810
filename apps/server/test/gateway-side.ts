import type { Route, RouteFeed } from '@neb/core-types';
import { systemClock } from '@neb/core-types';
import type { GatewayGauge } from '@neb/gateway';
import { type GatewayLink, joinGateway } from '../src/gateway/link.ts';
import { loadConfig } from '../src/config.ts';
import { setupText } from '../src/gateway/far/setup.ts';
import { gatewaySettings } from '../src/gateway/settings.ts';

export interface GatewaySide {
  readonly dataDir: string;
  readonly port: number;
  /** Where the one replica of each route is. */
  readonly origin: string;
  readonly names: readonly string[];
}

export interface KnowingSide extends GatewayLink {
  readonly gauges: readonly GatewayGauge[];
  /** For each time that a route was to be woken: how many were known to wait for it. */
  readonly wakes: readonly { readonly id: string; readonly waiting: number | undefined }[];
}

/** A server of a data folder as far as its gateway is concerned, that knows one caller, and of these routes and one without replicas. */
export async function gatewaySide({ dataDir, port, origin, names }: GatewaySide): Promise<KnowingSide> {
  const gauges: GatewayGauge[] = [];
  const wakes: { readonly id: string; readonly waiting: number | undefined }[] = [];
  const feed: RouteFeed = {
    async *watch({ signal } = {}) {
      for (const name of names) yield { put: routeOf(name, origin) };
      yield { put: { ...routeOf('none', origin), replicas: [] } };
      yield { synced: true };
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    },
  };
  const link = await joinGateway({
    settings: await gatewaySettings({ dataDir, gateway: { host: '127.0.0.1', port, ports: { first: 30_000, last: 30_009 }, domain: 'localhost', workers: 2, zone: undefined } }),
    clock: systemClock, feed, platforms: setupText(loadConfig({}, { HOME: dataDir })),
    async answer(question) {
      if (question.ask === 'wake') wakes.push({ id: question.id, waiting: gauges.findLast(({ id }) => id === question.id)?.waiting });
      return question.ask === 'caller' && question.token === 'good' ? { id: 'me', handle: 'me', roles: { me: 'owner' } } : undefined;
    },
    onGauges: (some) => void gauges.push(...some), onCounted: () => undefined, onTrouble: (text) => console.error(text),
  });
  return { ...link, gauges, wakes };
}

function routeOf(name: string, origin: string): Route {
  return { id: name, kind: 'Service', namespace: 'default', name, owner: 'me', hosts: [`${name}.test`], holdMs: 5_000, meters: [], replicas: [{ id: 'one', origin }] };
}
