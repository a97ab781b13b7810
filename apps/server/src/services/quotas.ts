import { NebError, type Quota } from '@neb/core-types';
import { quotaOfOwner, type Scope, type Store, type TenantStore } from '@neb/scheduler';
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
  return { of: (owner) => quotaOfOwner(store, owner, forAll) };
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
