import { NebError, type Quota, quotaFields } from '@neb/core-types';
import { type Change, demandOf, type Resource, type Scope, type Store, type TenantStore } from '@neb/scheduler';
import type { QuotaView, Quotas } from '@neb/sdk/contract';
import { authorise } from '../auth/authorise.ts';
import { seenBy } from '../auth/view-of.ts';
import type { Recorder } from './audit.ts';
import { ownedNamespaces } from './owned-namespaces.ts';

/** What owners may take of everything. */
export interface OwnerQuotas {
  /** What was set for the owner, else what every owner has; `undefined` where neither limits anything. */
  of(owner: string): Promise<Quota | undefined>;
}

/** `forAll` is every owner's to whom nothing else was given. */
export function ownerQuotas(store: Store, forAll: Quota | undefined): OwnerQuotas {
  return { of: async (owner) => (await store.quota(owner)) ?? forAll };
}

/** The same for as long as one request is planned: however many of its objects one owner has, they are looked up once. */
export function quotasOnce(quotas: OwnerQuotas): OwnerQuotas {
  const found = new Map<string, Promise<Quota | undefined>>();
  return {
    of(owner) {
      const quota = found.get(owner) ?? quotas.of(owner);
      found.set(owner, quota);
      return quota;
    },
  };
}

interface Asked {
  readonly after: Resource<'Container' | 'Secret'>;
  readonly before: Resource | undefined;
  readonly space: Resource<'Namespace'>;
  readonly quotas: OwnerQuotas;
}

/** Holds a write to the quotas of everything that it takes more of than before; taking less is never refused. */
export async function quotaChanges({ after, before, space, quotas }: Asked): Promise<readonly Change[]> {
  const [now, then] = [amounts(after), amounts(before)];
  const more = quotaFields.filter((field) => now[field] > then[field]);
  if (more.length === 0) return [];
  const scopes: readonly (readonly [Scope, Quota | undefined])[] = [
    [{ of: 'namespace', name: space.name }, space.spec.quota],
    [{ of: 'owner', name: after.owner }, await quotas.of(after.owner)],
  ];
  return scopes.flatMap(([scope, quota = {}]): readonly Change[] => {
    const limits = Object.fromEntries(more.flatMap((field) => (quota[field] === undefined ? [] : [[field, quota[field]]])));
    return Object.keys(limits).length === 0 ? [] : [{ do: 'limit', scope, quota: limits }];
  });
}

function amounts(resource: Resource | undefined): Record<(typeof quotaFields)[number], number> {
  const { containers = 0, accelerators = 0, cpu = 0, memory = 0, volumes = [] } = (resource && demandOf(resource)) ?? {};
  return { containers, accelerators, cpu, memory, volumes: volumes.length };
}

/** What several of one write ask of the same, asked once. */
export function boundOnce(changes: readonly Change[]): readonly Change[] {
  const needs = new Map<string, Change>();
  const limits = new Map<string, Extract<Change, { do: 'limit' }>>();
  for (const change of changes) {
    if (change.do === 'need') needs.set(change.resource.id, change);
    if (change.do !== 'limit') continue;
    const key = `${change.scope.of}/${change.scope.name}`;
    limits.set(key, { ...change, quota: { ...limits.get(key)?.quota, ...change.quota } });
  }
  return [...needs.values(), ...limits.values(), ...changes.filter((change) => change.do !== 'need' && change.do !== 'limit')];
}

export interface QuotaServiceOptions {
  readonly store: Store;
  readonly quotas: OwnerQuotas;
  readonly recorder: Recorder;
}

/** An owner's quota with those of its namespaces, and what is taken of each. */
export function quotaService({ store, quotas, recorder }: QuotaServiceOptions): Quotas {
  return {
    async list(who, { owner = who.id }) {
      const decision = authorise(who, 'list', { kind: 'Quota', owner });
      if (decision.do !== 'allow') recorder.denied(who, { verb: 'list', kind: 'Quota', owner, ...(decision.do === 'refused' && { why: decision.why }) });
      if (decision.do === 'hidden') throw new NebError('not_found', `there is no owner ${owner}`);
      if (decision.do === 'refused') throw new NebError('unauthorized', `the quota of ${owner}: ${decision.why}`);
      const seen = seenBy(who, store);
      const spaces = (await ownedNamespaces(seen, owner)).filter(({ spec }) => spec.quota);
      return [
        await view(seen, { of: 'owner', name: owner }, await quotas.of(owner)),
        ...(await Promise.all(spaces.map(({ name, spec }) => view(seen, { of: 'namespace', name }, spec.quota)))),
      ];
    },
    async set(who, { owner, quota }) {
      const deed = { verb: 'update', kind: 'Quota', owner };
      if (authorise(who, 'update', { kind: 'Server' }).do !== 'allow') {
        recorder.denied(who, deed);
        throw new NebError('unauthorized', 'only an administrator of the server may set the quota of an owner', { hint: 'The quota of a namespace is set by the admins of its owner, in its manifest.' });
      }
      await recorder.done(who, deed);
      await store.setQuota(owner, quota);
      return await view(store, { of: 'owner', name: owner }, await quotas.of(owner));
    },
  };
}

async function view(store: TenantStore, scope: Scope, quota: Quota = {}): Promise<QuotaView> {
  return { ...scope, quota, usage: await store.usage(scope) };
}
