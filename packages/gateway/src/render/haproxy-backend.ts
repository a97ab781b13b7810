import type { DoorKey, Route } from '@neb/core-types';
import { doorMeters } from '../meters/door-meters.ts';
import type { HaproxyOptions } from './haproxy.ts';
import { commentText, sectionName, serverAddress, timeout } from './haproxy-words.ts';

/** A route as a backend, and what of it is lost; without lines where it must not be rendered. */
export interface Rendered {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** How long an answer may pause where a route does not say: streams pause, and half-open connections must end some day. */
const quietMs = 3_600_000;

export function backend(told: Route, options: HaproxyOptions): Rendered {
  // HAProxy would send requests to those that start as well.
  const route = { ...told, replicas: told.replicas.filter(({ check }) => check === undefined) };
  const access = accessOf(route, options);
  if (typeof access === 'string') return { lines: [], warnings: [access] };
  const servers = route.replicas.map((replica) => ({ replica, address: replica.via ? undefined : serverAddress(replica.origin) }));
  return {
    lines: [
      `# ${commentText(`${route.kind} ${route.namespace}/${route.name}`)}`,
      `backend ${sectionName(route.kind, route.id)}`,
      `  balance ${options.balance ?? 'leastconn'}`,
      `  timeout queue ${timeout(route.holdMs)}`,
      `  timeout server ${timeout(route.timeoutMs ?? quietMs)}`,
      ...(options.health === undefined ? [] : ['  option httpchk', `  http-check send meth GET uri ${options.health}`]),
      ...access,
      // A token is between its bearer and the door.
      '  http-request del-header authorization',
      ...servers.flatMap(({ replica, address }) => (address === undefined ? [] : [
        `  server ${sectionName('replica', replica.id)} ${address} check inter 2s fall 3 rise 1 init-addr last,libc,none observe layer4 error-limit 2 on-error mark-down${most(route.maxInFlight)}${replica.draining ? ' weight 0' : ''}`,
      ])),
    ],
    warnings: [
      ...losses(route, options),
      ...servers.flatMap(({ replica, address }) => (address === undefined ? [`replica ${commentText(replica.id)} is left out: ${replica.via ? 'it has no address and is dialled' : 'its origin is not an address over plain HTTP'}`] : [])),
    ],
  };
}

const most = (maxInFlight: number | undefined): string => (maxInFlight === undefined ? '' : ` maxconn ${Math.max(1, Math.floor(maxInFlight))}`);

/** Who may pass, in HAProxy's words; or why nobody may. */
function accessOf(route: Route, { access, nowMs }: HaproxyOptions): readonly string[] | string {
  if (access === 'open') return [];
  const good = (route.keys ?? []).filter(({ expiresMs, sha256 }) => (expiresMs === undefined || expiresMs > nowMs) && /^[0-9a-f]{64}$/.test(sha256));
  if (good.length === 0) return 'is left out: it has no key of its own, and HAProxy knows no other caller';
  if (rulesOf(route).some(({ allow }) => !allow)) return 'is left out: it has a rule that denies, and HAProxy cannot tell whom';
  return [...good.map(keyLine), '  http-request return status 401 hdr www-authenticate Bearer unless { var(txn.key) -m bool }'];
}

/** Its secret is the third word of a key, and only the hash of it is written down. */
function keyLine({ sha256, expiresMs }: DoorKey): string {
  const inTime = expiresMs === undefined ? '' : ` { date lt ${Math.floor(expiresMs / 1_000)} }`;
  return `  http-request set-var(txn.key) bool(true) if { http_auth_bearer,word(3,_),sha2(256),hex,lower -m str ${sha256} }${inTime}`;
}

function losses(route: Route, { access }: HaproxyOptions): readonly string[] {
  const atDoor = doorMeters(route.meters).all.length;
  return [
    ...(access === 'open' ? ['whoever reaches HAProxy may reach it: tokens and rules are not looked at'] : []),
    ...(access !== 'open' && rulesOf(route).length > 0 ? ['only holders of its keys may reach it: its rules for other callers are not looked at'] : []),
    ...(route.replicas.length === 0 ? ['it has no replica, and HAProxy wakes none: requests get 503'] : []),
    ...(atDoor > 0 ? [`its ${atDoor} meters of what passes count nothing`] : []),
    ...(route.rate ? ['its rate limit is not kept'] : []),
    ...(route.timeoutMs === undefined ? [] : [`its answers may not pause longer than ${route.timeoutMs} ms either`]),
  ];
}

const rulesOf = ({ authz }: Route) => (authz?.enabled === false ? [] : (authz?.rules ?? []));
