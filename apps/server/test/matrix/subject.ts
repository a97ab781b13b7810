import type { Neb } from '@neb/sdk';

/** Something of everything that an owner can have, and what nobody can say who has not been shown it. */
export interface Subject extends Organisation {
  readonly namespace: string;
  readonly container: Named;
  readonly secret: Named;
  readonly budget: Named;
  readonly processor: Named;
  readonly service: Named;
  readonly snapshot: Named;
  /** Ids of keys of the service's door. */
  readonly serviceKeys: readonly [string, string];
  /** A message of the processor's that was sent. */
  readonly message: string;
  /** Is in all of the above and in no request. */
  readonly canary: string;
  /** Where changes of it begin. */
  readonly position: string;
}

/** The part of a subject that is about people. */
export interface Organisation {
  readonly owner: string;
  /** A member of no other organisation. */
  readonly member: string;
  readonly serviceAccount: string;
  readonly key: string;
  /** An organisation of the same people that owns nothing, so that it can be deleted. */
  readonly hollow: string;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Who belongs to a subject's organisations, in which role. */
export type Staff = Readonly<Record<string, 'owner' | 'admin' | 'developer' | 'viewer' | 'billing'>>;

let made = 0;

/** How to make a subject. */
export interface Making {
  readonly staff: Staff;
  /** Whose it is; an organisation of its own if absent. */
  readonly of?: Organisation | undefined;
  /** What it has; everything if absent. All of it takes its time: what is asked about one kind needs that one. */
  readonly has?: ReadonlySet<Part> | undefined;
}

/** What a subject may have or not. A snapshot is one of a container; a budget is an administrator's, and stands in the way of its namespace's deletion. */
export type Part = 'container' | 'snapshot' | 'processor' | 'service' | 'secret' | 'budget';

const everything: ReadonlySet<Part> = new Set(['container', 'snapshot', 'processor', 'service', 'secret', 'budget']);

/** Makes one, and resolves when its container runs. */
export async function makeSubject(root: Neb, { staff, of, has = everything }: Making): Promise<Subject> {
  // No name is the beginning of another.
  const tag = `s${(made += 1)}z`;
  const canary = `canary${tag}x`;
  const namespace = `space-${tag}`;
  const organisation = of ?? (await makeOrganisation(root, { staff, tag, canary }));
  const { position } = await root.containers.list();
  const labels = { canary };
  const each = (part: Part, names: readonly string[], manifest: object): object[] => (has.has(part) ? names.map((name) => ({ metadata: { name, namespace, labels }, ...manifest })) : []);
  const container = { image: canary, command: canary };
  const applied = await root.apply([
    { kind: 'Namespace', metadata: { name: namespace, owner: organisation.owner, labels } },
    ...each('container', ['web', canary], { kind: 'Container', ...container }),
    // Without workers, so that what is sent to it stays.
    ...each('processor', ['worker'], { kind: 'Processor', min_replicas: 0, max_replicas: 0, container }),
    ...each('service', ['front'], { kind: 'Service', min_replicas: 0, max_replicas: 0, container }),
    ...each('secret', ['token', canary], { kind: 'Secret', value: canary }),
    // The administrator sets it, so that only one may change it.
    ...each('budget', ['purse', canary], { kind: 'Budget', soft: true, limits: { total: 1 } }),
  ] as Parameters<Neb['apply']>[0]);
  const none = nothing(position);
  const named = (part: Part, name: string, absent: Named): Named => (has.has(part) ? { name, id: applied.find((one) => one.name === name)!.id! } : absent);
  const [web, processor, service] = [named('container', 'web', none.container), named('processor', 'worker', none.processor), named('service', 'front', none.service)];
  if (has.has('container')) await root.containers.wait({ id: web.id });
  return {
    ...organisation, namespace, canary, position, container: web, processor, service,
    secret: named('secret', 'token', none.secret), budget: named('budget', 'purse', none.budget),
    snapshot: has.has('snapshot') ? await snapshotOf(root, { namespace, labels, canary }) : none.snapshot,
    serviceKeys: has.has('service') ? await keysOf(root, service.id, canary) : none.serviceKeys,
    message: has.has('processor') ? (await root.processors.send({ id: processor.id }, canary)).message_id : none.message,
  };
}

async function keysOf(root: Neb, id: string, canary: string): Promise<readonly [string, string]> {
  const [first, second] = [await root.services.keys.create({ id }, { name: canary }), await root.services.keys.create({ id }, { name: `${canary}2` })];
  return [first.key.id, second.key.id];
}

async function snapshotOf(root: Neb, { namespace, labels, canary }: { readonly namespace: string; readonly labels: { readonly canary: string }; readonly canary: string }): Promise<Named> {
  const [taken] = await root.apply(['moment', canary].map((name) => ({ kind: 'Snapshot', metadata: { name, namespace, labels }, container: 'web' })));
  const id = taken!.id!;
  while ((await root.snapshots.get({ id })).status.status !== 'ready') await new Promise((resolve) => { setTimeout(resolve, 10); });
  return { name: 'moment', id };
}

interface Called {
  readonly staff: Staff;
  readonly tag: string;
  readonly canary: string;
}

async function makeOrganisation(root: Neb, { staff, tag, canary }: Called): Promise<Organisation> {
  const [owner, hollow] = [`org-${tag}`, `hollow-${tag}`];
  const [boss, ...others] = Object.entries(staff);
  const member = `${tag}@spare.example`;
  for (const name of [owner, hollow]) {
    await root.organisations.create({ name, owner: boss![0] });
    for (const [user, role] of others) await root.members.add({ organisation: name, user, role });
  }
  await root.members.add({ organisation: owner, user: member, role: 'developer' });
  await root.members.add({ organisation: owner, user: `${canary}@spare.example`, role: 'viewer' });
  for (const name of ['robot', canary]) await root.serviceAccounts.create({ organisation: owner, name, role: 'developer' });
  const { key } = await root.keys.create({ name: canary, service_account: `robot@${owner}` });
  return { owner, hollow, member, serviceAccount: `robot@${owner}`, key: key.id };
}

/** What a subject's names could be, where there is no such thing. */
export function nothing(position: string): Subject {
  const none = (name: string): Named => ({ name, id: `${name}none` });
  return {
    owner: 'org-none', namespace: 'space-none', container: none('web'), secret: none('token'), budget: none('purse'), processor: none('worker'), service: none('front'), snapshot: none('moment'), serviceKeys: ['none', 'none'], message: 'none', member: 'none@spare.example', serviceAccount: 'robot@org-none', key: 'none',
    hollow: 'hollow-none', canary: 'canarynone', position,
  };
}

/** What is set, and not what is found to be spent. */
async function budgetsOf(root: Neb, namespace: string): Promise<unknown> {
  return (await root.budgets.list({ namespace }).all()).map(({ metadata: { version: _, updated_at: __, ...metadata }, status: ___, ...spec }) => ({ ...spec, metadata }));
}

/** All there is of a subject, as whoever runs the server sees it. */
export async function stateOf(root: Neb, { owner, namespace, hollow }: Subject): Promise<string> {
  const organisations = [owner, hollow];
  const state = await Promise.all([
    root.namespaces.get({ name: namespace }),
    root.containers.list({ namespace }).all(),
    root.secrets.list({ namespace }).all(),
    root.snapshots.list({ namespace }).all().then((all) => all.map(({ metadata: { version: _, updated_at: __, ...metadata }, ...rest }) => ({ ...rest, status: rest.status.status, metadata }))),
    budgetsOf(root, namespace),
    processorsOf(root, namespace),
    servicesOf(root, namespace),
    messagesOf(root, namespace),
    ...organisations.map(async (organisation) => await Promise.all([root.organisations.get(organisation), root.members.list(organisation), root.serviceAccounts.list(organisation), root.keys.list({ owner: organisation })])),
  ]);
  // When a key was last used is no change of it.
  return JSON.stringify(state, (key, value: unknown) => (key === 'last_used_at' ? undefined : value), 1);
}

/** What somebody wants of them: what their passes say of them changes by itself. */
async function processorsOf(root: Neb, namespace: string): Promise<unknown> {
  const all = await root.processors.list({ namespace }).all();
  return all.map(({ status: { pinned }, metadata: { version: _, updated_at: __, ...metadata }, ...processor }) => ({ ...processor, metadata, pinned }));
}

async function servicesOf(root: Neb, namespace: string): Promise<unknown> {
  const all = await root.services.list({ namespace }).all();
  const keys = await Promise.all(all.map(({ metadata: { id } }) => root.services.keys.list({ id })));
  return [keys, ...all.map(({ status: { pinned, restarted_at: restarted }, metadata: { version: _, updated_at: __, ...metadata }, ...service }) => ({ ...service, metadata, pinned, restarted }))];
}

async function messagesOf(root: Neb, namespace: string): Promise<unknown> {
  // Of one that is being deleted there are none to be read.
  return await root.processors.read({ namespace, name: 'worker' }).page().then(({ items }) => items, () => undefined);
}
