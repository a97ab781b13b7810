import { type Clock, compareMoney, type ContainerSpec, type Kind, NebError, newId, type Provider, type Random, type StreamPlane } from '@neb/core-types';
import { type Change, type LaunchDefaults, quotaChanges, type Reservation, type Resource, type TenantStore } from '@neb/scheduler';
import type { Caller } from '@neb/sdk/contract';
import { authorise, type Verb } from '../../auth/authorise.ts';
import type { Budgets } from '../../budgets/budgets.ts';
import type { Vault } from '../../secrets/vault.ts';
import { place, spaceOf, whyDenied } from '../access.ts';
import { deedTo, type Recorder } from '../audit.ts';
import type { Explain } from '../candidates.ts';
import { launchFault } from '../launchable.ts';
import { once } from '../once.ts';
import { processorsIn } from '../processors.ts';
import { registryFault } from '../registries.ts';
import type { OwnerQuotas } from '../quotas.ts';
import { titleOf } from '../views.ts';
import type { Namespaces } from './namespaces.ts';
import type { Wanted } from './wanted.ts';

export interface PlanningOptions {
  readonly who: Caller;
  readonly now: string;
  /** As far as `who` sees. */
  readonly store: TenantStore;
  readonly providers: readonly Provider[];
  readonly launch: LaunchDefaults;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly namespaces: Namespaces;
  readonly quotas: OwnerQuotas;
  readonly recorder: Recorder;
  readonly streams?: Pick<StreamPlane, 'missing'> | undefined;
  /** What may be spent; everything if absent. */
  readonly budgets?: Pick<Budgets, 'reserve'> | undefined;
  readonly explain: Explain;
  /** Inside of the operator's network, for images of everybody's containers; none by default. */
  readonly allowedRegistries?: readonly string[] | undefined;
}

/** What the planning of one request shares: who asks, what is there, and what is allowed. */
export interface Planning extends Pick<PlanningOptions, 'vault' | 'clock' | 'random' | 'namespaces'> {
  /** The object of that name that is not gone. Throws `not_found` where it is in a namespace of another's. */
  existing<K extends 'Budget' | 'Container' | 'Processor' | 'Secret' | 'Service' | 'Snapshot'>(kind: K, at: { readonly namespace: string; readonly name: string }): Promise<Resource<K> | undefined>;
  /** A new object in its namespace, which it may bring into being. */
  blank<K extends 'Budget' | 'Container' | 'Processor' | 'Secret' | 'Service' | 'Snapshot'>(kind: K, at: Pick<Wanted, 'namespace' | 'name'>, inside: Pick<Resource<K>, 'spec' | 'status'>): Promise<Resource<K>>;
  /** Throws where the caller may not. */
  allow(verb: Verb, target: { readonly kind: Kind; readonly name: string; readonly namespace?: string; readonly owner: string; readonly isNew?: boolean }): void;
  /** Throws where the caller may not say how much the namespace's containers may take. */
  allowQuota(namespace: Pick<Resource, 'name' | 'owner'>): void;
  /** What has to hold when it is written: that its namespace is there, and that what it takes more than `before` is within every quota. */
  bounds(after: Resource<'Budget' | 'Container' | 'Processor' | 'Secret' | 'Service' | 'Snapshot'>, before: Resource | undefined): Promise<readonly Change[]>;
  /** What of budgets a new container needs. Throws `quota` where one lets nothing start that costs. */
  reserve(container: Resource<'Container'>): Promise<Reservation>;
  readonly isAdministrator: boolean;
  /** Throws where the caller may not say how much may be spent of all that an owner has. */
  allowForOwner(budget: Pick<Resource, 'namespace' | 'name' | 'owner'>): void;
  /** Why there can be no processors here. */
  streamsMissing(): string | undefined;
  /** Another processor of the namespace that works off the same stream. */
  processorOfStream(asked: { readonly namespace: string; readonly stream: string; readonly id: string }): Promise<Resource<'Processor'> | undefined>;
  /** Why the container can run nowhere here. */
  fault(container: Resource<'Container'>): Promise<NebError | undefined>;
  /** What of the specification has another effect than its author may expect. */
  warnings(spec: ContainerSpec): readonly string[];
}

export function planning(options: PlanningOptions): Planning {
  const { who, now, store, providers, launch, vault, clock, random, namespaces, recorder, streams, budgets, explain, allowedRegistries = [] } = options;
  const quotaOf = once(options.quotas.of);
  const neighbours = once((namespace) => processorsIn(store, namespace));

  /** What it costs an hour where it is cheapest now. */
  async function cheapest(container: Resource<'Container'>): Promise<string | undefined> {
    const { candidates } = await explain(container);
    return candidates.filter(({ fits }) => fits).map(({ price_per_hour: price }) => price).sort(compareMoney)[0];
  }

  const allow: Planning['allow'] = (verb, { kind, name, namespace = '', owner, isNew = false }) => {
    const decision = authorise(who, verb, { kind, owner, namespace: spaceOf({ kind, namespace, name }) });
    if (decision.do === 'allow') return;
    recorder.denied(who, deedTo(verb, { kind, namespace, name, owner }, whyDenied(decision)));
    if (decision.do === 'refused') throw new NebError('unauthorized', `${titleOf({ kind, namespace, name })}: ${decision.why}`);
    if (kind === 'Namespace' && isNew) throw new NebError('unauthorized', `namespace ${name}: you are no member of its owner, ${owner}`);
    if (kind === 'Namespace') throw new NebError('conflict', `the namespace name ${name} is taken`, { hint: 'Choose another name.', details: { final: true } });
    throw new NebError('not_found', `there is no namespace ${namespace}`);
  };

  return {
    vault, clock, random, namespaces, allow,
    async existing(kind, at) {
      const found = await store.find({ kind, ...place(kind, at) });
      if (!found || found.goneAt !== undefined) return undefined;
      allow('update', { kind, ...at, owner: found.owner });
      return found;
    },
    async blank(kind, { namespace, name }, inside) {
      const { owner } = await namespaces.need(namespace);
      allow('create', { kind, namespace, name, owner });
      const id = newId(random);
      return { kind, id, ...place(kind, { namespace, name }), owner, labels: {}, seq: 0, version: 0, generation: 1, ...inside, finalizers: [], createdBy: who.id, createdAt: now, updatedAt: now };
    },
    allowQuota({ name, owner }) {
      const decision = authorise(who, 'update', { kind: 'Quota', owner, namespace: name });
      if (decision.do === 'allow') return;
      const why = whyDenied(decision);
      recorder.denied(who, { verb: 'update', kind: 'Quota', namespace: name, owner, why });
      throw new NebError('unauthorized', `the quota of namespace ${name}: ${why}`);
    },
    async bounds(after, before) {
      const space = await namespaces.need(after.namespace);
      // One that is not stored yet comes with this very write.
      const need: readonly Change[] = before === undefined && space.version > 0 ? [{ do: 'need', resource: space }] : [];
      return after.kind === 'Container' ? [...need, ...(await quotaChanges({ after, before, space, ofOwner: quotaOf }))] : need;
    },
    reserve: async (container) => (await budgets?.reserve(container, () => cheapest(container))) ?? { changes: [], reserved: undefined },
    isAdministrator: who.admin,
    allowForOwner({ namespace, name, owner }) {
      const decision = authorise(who, 'update', { kind: 'Budget', owner });
      if (decision.do === 'allow') return;
      const why = whyDenied(decision);
      recorder.denied(who, deedTo('update', { kind: 'Budget', namespace, name, owner }, why));
      throw new NebError('unauthorized', `budget ${namespace}/${name} of all that ${owner} has: ${why}`);
    },
    streamsMissing: () => (streams ? streams.missing() : 'this server has no Redis'),
    processorOfStream: async ({ namespace, stream, id }) => (await neighbours(namespace)).find((one) => one.id !== id && one.status.stream === stream),
    async fault(container) {
      const { kind, namespace, name, owner, spec } = container;
      if (spec.volumes?.some(({ source }) => source?.startsWith('/'))) allow('mount_host_path', { kind, namespace, name, owner });
      const inside = who.admin || spec.image === undefined ? undefined : registryFault(spec.image, allowedRegistries);
      if (inside !== undefined) throw new NebError('unauthorized', `${titleOf(container)}: ${inside}`, { hint: 'An administrator may use it, or allow it with NEB_ALLOWED_REGISTRIES.' });
      return await launchFault(container, { providers, launch, now: clock.now() });
    },
    warnings: (spec) => [
      spec.image === undefined && `it names no image, so it runs ${launch.image}`,
      spec.ssh_keys !== undefined && 'ssh_keys: kept, and without effect in this version',
      spec.proxy_port === undefined && spec.authz !== undefined && 'authz: it has no effect without proxy_port',
      spec.proxy_port === undefined && spec.meters?.some(({ metric }) => metric !== 'runtime') && 'meters: requests and answers are counted only where there is a proxy_port',
      spec.volumes?.some(({ driver, continuous }) => driver !== undefined || continuous !== undefined) && 'volumes: driver and continuous are kept, and nothing is synced in this version',
    ].filter((warning) => typeof warning === 'string'),
  };
}
