import { openApiDocument, router } from '@neb/sdk/contract';
import type { Subject } from './subject.ts';

/** One way of asking for what a row of the table is about. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Answers with events for as long as it is heard. */
  readonly streams?: boolean;
}

/** What takes a WebSocket. */
export interface SocketRequest {
  readonly socket: 'exec' | 'port-forward';
  readonly ref: { readonly id: string } | { readonly namespace: string; readonly name: string };
}

/** A procedure, a route or a kind of socket: `containers.get`, `GET /v1/containers/{id}`, `WS exec`. */
export type Name = string;

/** Every procedure and route that there is, from the router and the document themselves; and the two kinds of sockets, which are in neither. */
export function everyName(): readonly Name[] {
  const routes = Object.entries(openApiDocument({ version: '1' }).paths).flatMap(([path, methods]) => Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`));
  return [...Object.keys(router._def.procedures), ...routes, 'WS exec', 'WS port-forward'];
}

/** What is sent for it, about `subject`; `fresh` is a word that nothing is called yet. Undefined where nobody has said how to ask for it. */
export function requestsFor(name: Name, subject: Subject, fresh: string): readonly (Request | SocketRequest)[] | undefined {
  if (name === 'WS exec' || name === 'WS port-forward') return containerRefs(subject).map((ref) => ({ socket: name === 'WS exec' ? 'exec' : 'port-forward', ref }));
  return name.includes(' ') ? restRequests(name, subject, fresh) : procedureRequests(name, subject, fresh);
}

function procedureType(name: Name): string | undefined {
  const procedures = router._def.procedures as unknown as Readonly<Record<string, { readonly _def: { readonly type: string } }>>;
  return procedures[name]?._def.type;
}

const containerRefs = ({ namespace, container: { id, name } }: Subject): readonly SocketRequest['ref'][] => [{ id }, { namespace, name }];

function procedureRequests(name: Name, subject: Subject, fresh: string): readonly Request[] | undefined {
  const inputs = inputsOf(name, subject, fresh);
  const type = procedureType(name);
  return inputs?.map((input) => {
    if (type === 'mutation') return { method: 'POST', path: `/trpc/${name}`, body: input ?? {} };
    return { method: 'GET', path: `/trpc/${name}${input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`}`, streams: type === 'subscription' };
  });
}

const container = ({ namespace }: Subject, name: string): object => ({ kind: 'Container', metadata: { name, namespace }, image: 'a' });

function inputsOf(name: Name, subject: Subject, fresh: string): readonly unknown[] | undefined {
  const { owner, namespace, hollow, member: user, serviceAccount, key, position: after } = subject;
  const [group = '', verb = ''] = name.split('.');
  if (group === 'processors') return processorInputs(verb, subject);
  if (group === 'services') return serviceInputs(verb, subject, fresh);
  if (group === 'containers' && asideVerbs.includes(verb)) return asideInputs(verb, subject, fresh);
  if (group === 'containers' || group === 'secrets' || group === 'namespaces' || group === 'snapshots' || group === 'budgets') {
    const { id, name: called } = subject[group === 'secrets' ? 'secret' : group === 'snapshots' ? 'snapshot' : group === 'budgets' ? 'budget' : 'container'];
    const refs = group === 'namespaces' ? [{ namespace: '', name: namespace }] : [{ id }, { namespace, name: called }];
    if (verb === 'list' || verb === 'rows') return [{ namespace }];
    if (verb === 'watch') return [{ namespace, after }];
    if (verb === 'logs') return refs.map((ref) => ({ ref }));
    return ['get', 'delete', 'usage', 'explain', 'reveal'].includes(verb) ? refs : undefined;
  }
  const inputs: Readonly<Record<Name, readonly unknown[]>> = {
    'version': [undefined],
    'whoami': [undefined],
    'manifests.write': [{ manifests: [container(subject, fresh)], mode: 'create' }, { manifests: [container(subject, subject.container.name)], mode: 'apply' }],
    'manifests.check': [{ manifests: [container(subject, fresh)] }],
    'events.list': [{ namespace }],
    'events.watch': [{ namespace, after: `${after}@2026-01-01T00:00:00.000Z` }],
    'audit.list': [{ namespace, limit: 1_000 }],
    'audit.records': [undefined],
    'audit.verify': [undefined],
    'billing.usage': [{ owner, by: ['namespace', 'label:canary'] }],
    'billing.cost': [{ owner, by: ['namespace', 'label:canary'] }],
    'billing.bill': [{ owner, since: '2026-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' }],
    'billing.spending': [spendingOf(subject)],
    'billing.keys': [undefined],
    'organisations.create': [{ name: fresh }],
    'organisations.list': [undefined],
    'organisations.get': [{ name: owner }],
    'organisations.delete': [{ name: hollow }],
    'members.list': [{ organisation: owner }],
    'members.add': [{ organisation: owner, user: `${fresh}@new.example`, role: 'viewer' }],
    'members.set': [{ organisation: owner, user, role: 'viewer' }],
    'members.remove': [{ organisation: owner, user }],
    'serviceAccounts.create': [{ organisation: owner, name: fresh, role: 'viewer' }],
    'serviceAccounts.list': [{ organisation: owner }],
    'serviceAccounts.delete': [{ id: serviceAccount }],
    'keys.create': [{ name: fresh, service_account: serviceAccount }],
    'keys.list': [{ owner }],
    'keys.revoke': [{ id: key }],
    'sessions.logout': [undefined],
    'auth.can': [{ verb: 'get', kind: 'Container', namespace }],
    'quotas.list': [{ owner }],
    'quotas.set': [{ owner, quota: { containers: 100 } }],
    'admin.rotateKey': [undefined],
    'admin.rotateBillKey': [undefined],
    'admin.openmeterStatus': [undefined],
    'admin.openmeterSync': [undefined],
    'admin.openmeterRetry': [undefined],
    'users.list': [undefined],
    'users.set': [{ user, admin: false }],
    'platforms.list': [undefined],
    'offers.list': [undefined],
  };
  return inputs[name];
}

function processorInputs(verb: string, { namespace, processor, position: after, message: messageId }: Subject): readonly unknown[] | undefined {
  const refs = [{ id: processor.id }, { namespace, name: processor.name }];
  const each = (more: object): readonly unknown[] => refs.map((ref) => ({ ref, ...more }));
  switch (verb) {
    case 'list': return [{ namespace }];
    case 'watch': return [{ namespace, after }];
    case 'get': case 'delete': case 'explain': return refs;
    case 'send': return each({ messages: [{ content: 'hello' }] });
    // An answer that is there at once: the wait for it is over.
    case 'answers': return each({ messageId, waitMs: 1 });
    case 'read': case 'deadLetters': case 'replay': case 'purge': case 'health': return each({});
    case 'scale': return each({});
    default: return undefined;
  }
}

const asideVerbs: readonly string[] = ['suspend', 'resume', 'migrate', 'checkpoint', 'fork'];

function asideInputs(verb: string, { namespace, container: { id, name } }: Subject, fresh: string): readonly unknown[] {
  const refs = [{ id }, { namespace, name }];
  if (verb === 'resume') return refs;
  return refs.map((ref, at) => ({ ref, ...(verb === 'fork' && { name: `${fresh}${at}` }) }));
}

/** A snapshot's file with nothing in it. */
const emptyFile = Buffer.from(`${JSON.stringify({ neb: 'snapshot', version: 1, container: 'x', digest: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', size_bytes: 0, facts: {} })}\n`);

function serviceInputs(verb: string, { namespace, service, serviceKeys, position: after }: Subject, fresh: string): readonly unknown[] | undefined {
  const refs = [{ id: service.id }, { namespace, name: service.name }];
  switch (verb) {
    case 'list': return [{ namespace }];
    case 'watch': return [{ namespace, after }];
    case 'get': case 'delete': case 'explain': case 'rollout': case 'restart': case 'keys': return refs;
    case 'createKey': return refs.map((ref, at) => ({ ref, name: `${fresh}${at}` }));
    case 'revokeKey': return refs.map((ref, at) => ({ ref, id: serviceKeys[at] }));
    // There is nothing to go back to.
    case 'scale': case 'undo': return refs.map((ref) => ({ ref }));
    default: return undefined;
  }
}

function restRequests(name: Name, subject: Subject, fresh: string): readonly Request[] | undefined {
  const [method = '', template = ''] = name.split(' ');
  const [, , plural = ''] = template.split('/');
  const { owner, hollow, namespace, secret, budget, processor, service, serviceKeys, message, snapshot, container: { id, name: containerName }, member, serviceAccount, key } = subject;
  const ids: Readonly<Record<string, string>> = { containers: id, processors: processor.id, services: service.id, secrets: secret.id, snapshots: snapshot.id, budgets: budget.id, service_accounts: serviceAccount, keys: key };
  const names: Readonly<Record<string, string>> = { containers: containerName, processors: processor.name, services: service.name, budgets: budget.name, secrets: secret.name, snapshots: name.startsWith('PUT') ? fresh : snapshot.name, namespaces: namespace, organisations: name.startsWith('DELETE') && !template.includes('members') ? hollow : owner };
  const values: Readonly<Record<string, string | undefined>> = { id: ids[plural], name: names[plural], namespace, owner, user: member, message_id: message, key: serviceKeys[0] };
  const path = template.replaceAll(/\{(\w+)\}/g, (_, param: string) => encodeURIComponent(values[param] ?? `unknown-${param}`));
  const asked = details(name, subject, fresh);
  return asked === undefined && method !== 'GET' && method !== 'DELETE' ? undefined : [{ method, path: `${path}${asked?.query ?? ''}`, body: asked?.body }];
}

interface Details {
  readonly query?: string;
  readonly body?: unknown;
}

/** What a route needs besides its path. */
function details(name: Name, subject: Subject, fresh: string): Details | undefined {
  const { namespace, owner, serviceAccount } = subject;
  const inside = { query: `?namespace=${namespace}` };
  const all: Readonly<Record<Name, Details>> = {
    'GET /v1/containers': inside, 'GET /v1/budgets': inside, 'GET /v1/secrets': inside, 'GET /v1/processors': inside, 'GET /v1/services': inside, 'GET /v1/snapshots': inside, 'GET /v1/namespaces': inside, 'GET /v1/events': inside,
    'GET /v1/audit': { query: `?namespace=${namespace}&limit=1000` },
    'GET /v1/usage': { query: `?owner=${owner}&by=namespace,label:canary` }, 'GET /v1/cost': { query: `?owner=${owner}&by=namespace,label:canary` },
    'POST /v1/spending': { body: spendingOf(subject) }, 'GET /.well-known/neb-bill-keys': {},
    'GET /v1/bill': { query: `?owner=${owner}&since=2026-01-01T00:00:00Z&until=2100-01-01T00:00:00Z` },
    'GET /v1/quotas': { query: `?owner=${owner}` },
    'GET /v1/keys': { query: `?owner=${owner}` },
    'GET /v1/can': { query: `?verb=get&kind=Container&namespace=${namespace}` },
    'GET /v1/containers/{id}/files': { query: '?path=/' }, 'GET /v1/containers/{namespace}/{name}/files': { query: '?path=/' },
    'PUT /v1/containers/{id}/files': { query: '?path=/', body: new Uint8Array(1_024) }, 'PUT /v1/containers/{namespace}/{name}/files': { query: '?path=/', body: new Uint8Array(1_024) },
    'POST /v1/containers': { body: { metadata: { name: fresh, namespace }, image: 'a' } },
    'POST /v1/containers/search': { body: { namespace } },
    'PATCH /v1/containers/{id}': { body: { labels: { a: 'b' } } }, 'PATCH /v1/containers/{namespace}/{name}': { body: { labels: { a: 'b' } } },
    'POST /v1/processors': { body: { metadata: { name: fresh, namespace }, min_replicas: 0, container: { image: 'a' } } },
    'POST /v1/services': { body: { metadata: { name: fresh, namespace }, min_replicas: 0, max_replicas: 0, container: { image: 'a' } } },
    'POST /v1/snapshots': { body: { metadata: { name: fresh, namespace }, container: subject.container.name } },
    'PUT /v1/snapshots/{namespace}/{name}/file': { body: new Uint8Array(emptyFile) },
    ...Object.fromEntries(['{id}', '{namespace}/{name}'].flatMap((at): [Name, Details][] => [
      ...asideVerbs.map((verb): [Name, Details] => [`POST /v1/containers/${at}/${verb}`, { body: verb === 'fork' ? { name: fresh } : {} }]),
      [`PATCH /v1/processors/${at}`, { body: { metadata: { labels: { a: 'b' } } } }],
      [`POST /v1/processors/${at}/scale`, { body: { auto: true } }],
      [`POST /v1/processors/${at}/messages`, { body: { content: 'hello' } }],
      [`POST /v1/processors/${at}/stream`, { body: {} }],
      [`POST /v1/processors/${at}/dead_letters/replay`, { body: {} }],
      [`POST /v1/processors/${at}/return/{message_id}`, { body: { wait_time_ms: 1 } }],
      [`PATCH /v1/services/${at}`, { body: { labels: { a: 'b' } } }],
      [`POST /v1/services/${at}/scale`, { body: { auto: true } }],
      [`POST /v1/services/${at}/rollout/undo`, { body: {} }],
      [`POST /v1/services/${at}/rollout/restart`, {}],
      [`POST /v1/services/${at}/keys`, { body: { name: fresh } }],
      [`GET /v1/processors/${at}/return/{message_id}/stream`, { query: '?wait_time_ms=1' }],
    ])),
    'POST /v1/namespaces': { body: { metadata: { name: fresh, owner } } },
    'POST /v1/budgets': { body: { metadata: { name: fresh, namespace }, soft: true, limits: { total: 1 } } },
    'PUT /v1/budgets/{id}': { body: { soft: true, limits: { total: 2 } } }, 'PUT /v1/budgets/{namespace}/{name}': { body: { soft: true, limits: { total: 2 } } },
    'POST /v1/secrets': { body: { metadata: { name: fresh, namespace }, value: 'new' } },
    'PUT /v1/secrets/{id}': { body: { value: 'new' } }, 'PUT /v1/secrets/{namespace}/{name}': { body: { value: 'new' } },
    'POST /v1/secrets/{id}/reveal': {}, 'POST /v1/secrets/{namespace}/{name}/reveal': {},
    'POST /v1/organisations': { body: { name: fresh } },
    'POST /v1/organisations/{name}/members': { body: { user: `${fresh}@new.example`, role: 'viewer' } },
    'PUT /v1/organisations/{name}/members/{user}': { body: { role: 'viewer' } },
    'POST /v1/organisations/{name}/service_accounts': { body: { name: fresh, role: 'viewer' } },
    'POST /v1/keys': { body: { name: fresh, service_account: serviceAccount } },
    'POST /v1/logout': {},
    'POST /v1/apply': { body: { manifests: [container(subject, fresh)] } },
    'PUT /v1/quotas/{owner}': { body: { containers: 100 } },
    'POST /v1/admin/rotate-key': {},
    'POST /v1/admin/openmeter/sync': {}, 'POST /v1/admin/openmeter/retry': {}, 'POST /v1/admin/rotate-bill-key': {},
    'PATCH /v1/users/{user}': { body: { admin: false } },
  };
  return all[name];
}

/** Whoever may not see it is answered as if it had cost nothing. */
const spendingOf = ({ namespace, container: { id, name } }: Subject) => ({ kind: 'Container', objects: [{ id, namespace, name, since: '2026-01-01T00:00:00Z' }] });

/** Whether it answers with what there is, and so with nothing where the caller sees nothing. */
export function isListing(name: Name): boolean {
  if (name === 'platforms.list' || name === 'offers.list' || name === 'quotas.list') return false;
  return /\.(list|watch|rows|records)$/.test(name) || listRoutes.has(name);
}

const listRoutes = new Set([
  'GET /v1/containers', 'POST /v1/containers/search', 'GET /v1/processors', 'GET /v1/services', 'GET /v1/snapshots', 'GET /v1/secrets', 'GET /v1/budgets', 'GET /v1/namespaces', 'GET /v1/events', 'GET /v1/audit', 'GET /v1/keys', 'GET /v1/organisations',
  'GET /v1/organisations/{name}/members', 'GET /v1/organisations/{name}/service_accounts',
]);

/** Whether its answer goes on for as long as it is heard. */
export const streams = (name: Name): boolean => procedureType(name) === 'subscription';

/** Whether it is made to read alone. */
export const onlyReads = (name: Name): boolean => name.startsWith('GET ') || ['query', 'subscription'].includes(procedureType(name) ?? '');

/** Whether it brings the namespace it names into being, or says that it would. Names are taken by whoever comes first, so that one is taken shows. */
export const namesNamespace = (name: Name): boolean => naming.has(name);
const naming = new Set(['manifests.write', 'POST /v1/containers', 'POST /v1/processors', 'POST /v1/services', 'POST /v1/secrets', 'POST /v1/budgets', 'POST /v1/snapshots', 'PUT /v1/snapshots/{namespace}/{name}/file', 'POST /v1/apply', 'auth.can', 'GET /v1/can']);

/** Whether asking for it, by one who may, changes nothing that another row is about. */
export const isHarmless = (name: Name): boolean => /^(GET|WS) /.test(name) || isListing(name) || harmless.has(name);
const harmless = new Set([
  'version', 'whoami', 'manifests.check', 'containers.get', 'containers.usage', 'containers.explain', 'containers.logs', 'processors.get', 'processors.answers', 'processors.read', 'processors.deadLetters', 'processors.health', 'processors.explain', 'processors.replay', 'processors.purge', 'processors.scale', 'services.get', 'services.explain', 'services.rollout', 'services.keys', 'services.scale', 'services.undo', 'namespaces.get', 'secrets.get', 'secrets.reveal', 'snapshots.get', 'budgets.get',
  'organisations.create', 'organisations.get', 'audit.verify', 'billing.usage', 'billing.cost', 'billing.bill', 'billing.spending', 'billing.keys', 'POST /v1/spending', 'auth.can', 'platforms.list', 'offers.list', 'quotas.list', 'sessions.logout', 'admin.rotateKey', 'admin.rotateBillKey', 'POST /v1/admin/rotate-bill-key', 'admin.openmeterStatus', 'admin.openmeterSync', 'admin.openmeterRetry', 'POST /v1/admin/openmeter/retry', 'users.set', 'PATCH /v1/users/{user}',
  ...['{id}', '{namespace}/{name}'].flatMap((at) => [
    `POST /v1/processors/${at}/stream`, `POST /v1/processors/${at}/return/{message_id}`,
    // There are no dead letters, and no workers already.
    `POST /v1/processors/${at}/dead_letters/replay`, `DELETE /v1/processors/${at}/dead_letters`, `POST /v1/processors/${at}/scale`, `POST /v1/services/${at}/scale`, `POST /v1/services/${at}/rollout/undo`,
  ]),
  'POST /v1/logout', 'POST /v1/organisations', 'POST /v1/admin/rotate-key', 'POST /v1/admin/openmeter/sync', 'POST /v1/secrets/{id}/reveal', 'POST /v1/secrets/{namespace}/{name}/reveal',
]);

/** Whether it can change an organisation, its people, their keys or what is theirs to use, and not only what is in a namespace. */
export const isAboutPeople = (name: Name): boolean => !/^((budgets|containers|processors|services|secrets|snapshots|namespaces|manifests)\.|\w+ \/v1\/(budgets|containers|processors|services|secrets|snapshots|namespaces|apply)\b)/.test(name);
