import { type DoorKey, durationMs, type InstanceRef, type Replica, type RequestRate, type Route, type ServiceKey, servicePort, type ServiceSpec } from '@neb/core-types';
import { healthPlan } from '../container/health.ts';
import { ownerOf } from '../crew/labels.ts';
import { stageOf } from '../crew/stage.ts';
import type { Resource } from '../store.ts';

/** Whether what runs on a platform is reached by dialling alone. */
export type IsDialled = (platform: string) => boolean;

/** Where the manifest is silent. */
const usualHold = '5m';

/** The way to a service: its ready replicas, those that start, and those that drain; `undefined` where it has no door yet, or goes. Pure. */
export function routeOf(service: Resource<'Service'>, containers: readonly Resource<'Container'>[], isDialled: IsDialled): Route | undefined {
  const { id, namespace, name, owner, spec, status, deletedAt, goneAt } = service;
  const { hosts, address, draining = [], start_ms: startMs, keys = [] } = status;
  if (!hosts || address === undefined || deletedAt !== undefined || goneAt !== undefined) return undefined;
  const leaving = new Set(draining.map((one) => one.id));
  const port = portOf(address);
  return {
    id, kind: 'Service', namespace, name, owner, hosts,
    ...(port !== undefined && { port }),
    replicas: containers.flatMap((container) => replicaOf(container, { port: container.spec.proxy_port ?? servicePort(spec), draining: leaving.has(container.id), isDialled })),
    ...(spec.max_in_flight !== undefined && { maxInFlight: spec.max_in_flight }),
    holdMs: durationMs(spec.hold ?? usualHold),
    ...(startMs !== undefined && { startMs }),
    ...(spec.request_timeout !== undefined && { timeoutMs: durationMs(spec.request_timeout) }),
    ...(spec.rate_limit && { rate: rateOf(spec.rate_limit) }),
    ...(spec.authz && { authz: spec.authz }),
    ...(keys.length > 0 && { keys: keys.map(doorKeyOf) }),
    meters: spec.meters ?? [],
  };
}

function doorKeyOf({ id, sha256, expires_at: expiresAt }: ServiceKey): DoorKey {
  return { id, sha256, ...(expiresAt !== undefined && { expiresMs: Date.parse(expiresAt) }) };
}

/** The way to a container with a `proxy_port`; `undefined` for others, for a service's, whose door is the service's, and for one that goes. Pure. */
export function routeOfContainer(container: Resource<'Container'>, isDialled: IsDialled): Route | undefined {
  const { id, namespace, name, owner, spec, deletedAt, goneAt } = container;
  if (spec.proxy_port === undefined || deletedAt !== undefined || goneAt !== undefined || ownerOf(container)?.kind === 'Service') return undefined;
  return {
    id, kind: 'Container', namespace, name, owner, hosts: [`container-${id}`], proxyPort: spec.proxy_port,
    replicas: replicaOf(container, { port: spec.proxy_port, draining: false, isDialled }),
    holdMs: durationMs(usualHold),
    ...(spec.authz && { authz: spec.authz }),
    meters: spec.meters ?? [],
  };
}

function replicaOf(container: Resource<'Container'>, { port, draining, isDialled }: { readonly port: number; readonly draining: boolean; readonly isDialled: IsDialled }): Route['replicas'] {
  const { id, status: { status } } = container;
  const stage = stageOf(container);
  const way = wayTo(container, isDialled);
  if (!way || (stage !== 'ready' && !(stage === 'starting' && status === 'running'))) return [];
  const { host, ...via } = way;
  const replica = { id, origin: `http://${host}:${port}`, ...via, ...zoneOf(container) };
  // One that drains finishes what it has, whatever its health check says.
  if (draining) return [{ ...replica, draining }];
  if (stage === 'ready') return [replica];
  const plan = healthPlan(container.spec);
  return plan ? [{ ...replica, check: plan.protocol === 'tcp' ? `tcp://${host}:${plan.port}` : `http://${host}:${plan.port}${plan.path}` }] : [];
}

/** Its address where that means something here, else its id, which nobody looks up, and the instance to dial. */
function wayTo({ id, status: { address, attempt } }: Resource<'Container'>, isDialled: IsDialled): { readonly host: string } & Pick<Replica, 'via'> | undefined {
  if (attempt && isDialled(attempt.platform)) return attempt.ref === undefined ? undefined : { host: id, via: { platform: attempt.platform, ref: attempt.ref as InstanceRef } };
  return address === undefined ? undefined : { host: address.includes(':') ? `[${address}]` : address };
}

function zoneOf({ status: { attempt } }: Resource<'Container'>): Pick<Replica, 'zone'> {
  return attempt ? { zone: `${attempt.platform}/${attempt.region}` } : {};
}

function portOf(address: string): number | undefined {
  const [, port] = /:(\d+)$/.exec(address) ?? [];
  return port === undefined ? undefined : Number(port);
}

function rateOf({ requests, per = '1s', burst = requests, by = 'caller' }: NonNullable<ServiceSpec['rate_limit']>): RequestRate {
  return { perSecond: (requests * 1_000) / Math.max(durationMs(per), 1), burst, per: by === 'service' ? 'route' : 'caller' };
}
