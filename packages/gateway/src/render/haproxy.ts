import { NebError, type Route } from '@neb/core-types';
import { backend } from './haproxy-backend.ts';
import { isMapKey, sectionName } from './haproxy-words.ts';

export interface HaproxyOptions {
  /** Where it will lie together with its maps: a path from the root. */
  readonly folder: string;
  /** Where it listens; `:8080` by default. */
  readonly bind?: string;
  /**
   * `keys`, the default: a route is reached with its own keys only, and one without is left out. `open`: whoever reaches
   * HAProxy reaches every route, as where something in front of it has let them in.
   */
  readonly access?: 'keys' | 'open';
  /** When this is written: keys that are over by then are left out. */
  readonly nowMs: number;
  /** How a replica is chosen; `leastconn` by default. */
  readonly balance?: 'leastconn' | 'random(2)';
  /** A path that replicas answer while they are well; an open port will do by default. */
  readonly health?: string;
  /** Connections at once; 10,000 by default. */
  readonly maxConnections?: number;
}

export interface HaproxyConfig {
  /** Contents by file name: `haproxy.cfg` and the maps that it reads. */
  readonly files: Readonly<Record<'haproxy.cfg' | 'hosts.map' | 'resources.map', string>>;
  /** What the gateway does for a route and this does not, each with the route it is about. */
  readonly warnings: readonly string[];
}

/**
 * Routes for a HAProxy of 2.6 or newer. Pure; the same routes give the same text. No name can add a line to it: what is
 * not plain is written by its code, or left out and told.
 */
export function haproxyConfig(routes: readonly Route[], options: HaproxyOptions): HaproxyConfig {
  check(options);
  const rendered = routes.map((route) => ({ route, ...backend(route, options) }));
  const shown = rendered.filter(({ lines }) => lines.length > 0).map(({ route }) => route);
  const hosts = mapOf(shown.flatMap((route) => route.hosts.map((host) => [host, route] as const)));
  const resources = mapOf(shown.flatMap((route) => [route.kind, route.kind.toLowerCase()].map((kind) => [`${route.name}.${route.namespace}.${kind}`, route] as const)));
  return {
    files: {
      'haproxy.cfg': [...frontends(shown, options), ...rendered.flatMap(({ lines }) => (lines.length > 0 ? ['', ...lines] : [])), ''].join('\n'),
      'hosts.map': hosts.text,
      'resources.map': resources.text,
    },
    warnings: [
      ...rendered.flatMap(({ route, warnings }) => warnings.map((warning) => `${about(route)}: ${warning}`)),
      ...[...hosts.refused, ...resources.refused].map(([key, route]) => `${about(route)}: ${JSON.stringify(key)} is left out: it is no name that a request could have, or another route has it`),
    ],
  };
}

const about = ({ kind, namespace, name }: Route): string => `${kind} ${JSON.stringify(`${namespace}/${name}`)}`;

function frontends(routes: readonly Route[], { folder, bind = ':8080', maxConnections = 10_000 }: HaproxyOptions): readonly string[] {
  return [
    '# Written by neb: what is changed here is lost.',
    'global',
    `  maxconn ${maxConnections}`,
    '',
    'defaults',
    '  mode http',
    '  timeout connect 2s',
    '  timeout client 1h',
    '  timeout tunnel 1h',
    // A head that never ends holds nothing for long.
    '  timeout http-request 10s',
    '  timeout http-keep-alive 1m',
    '  option forwardfor',
    '  option redispatch 1',
    '  retries 3',
    '  retry-on conn-failure empty-response',
    '',
    'frontend door',
    `  bind ${bind}`,
    ...requestLines,
    // Whoever names a resource means it: its host is not looked at then.
    `  http-request set-var(txn.route) req.hdr(x-resource),map_str(${folder}/resources.map) if { req.hdr(x-resource) -m found }`,
    `  http-request set-var(txn.route) req.hdr(host),lower,host_only,regsub(\\.$,),map_str(${folder}/hosts.map) unless { req.hdr(x-resource) -m found }`,
    '  http-request return status 404 unless { var(txn.route) -m found }',
    '  http-request del-header x-resource',
    '  use_backend %[var(txn.route)]',
    ...routes.flatMap((route) => (route.port === undefined ? [] : ['', `frontend port_${route.port}`, `  bind :${route.port}`, ...requestLines, '  http-request del-header x-resource', `  default_backend ${sectionName(route.kind, route.id)}`])),
  ];
}

const requestLines = [
  '  http-request del-header x-forwarded-for',
  // What a replica may have begun to work on is not sent again unless repeating it changes nothing.
  '  http-request disable-l7-retry unless { method GET HEAD OPTIONS TRACE PUT DELETE }',
];

interface Keyed {
  readonly text: string;
  readonly refused: readonly (readonly [string, Route])[];
}

function mapOf(entries: readonly (readonly [string, Route])[]): Keyed {
  const known = new Map<string, Route>();
  const refused = entries.filter(([key, route]) => {
    const isGood = isMapKey(key) && !known.has(key);
    if (isGood) known.set(key, route);
    return !isGood;
  });
  return { text: [...known].map(([key, { kind, id }]) => `${key} ${sectionName(kind, id)}\n`).join(''), refused };
}

function check({ folder, bind, health }: HaproxyOptions): void {
  const bad = Object.entries({ folder, bind, health }).find(([, text]) => text !== undefined && !/^[\w./:@[\]*?=&-]+$/.test(text));
  if (bad) throw new NebError('invalid', `the option ${bad[0]} has characters that a configuration of HAProxy may not have`, { hint: 'Use letters, digits and the usual characters of paths and addresses.' });
}
