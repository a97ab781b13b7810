import { type Quota, quotaFields } from '@neb/core-types';
import { demandOf } from './demand.ts';
import type { Change, Resource, Scope, Store } from './store.ts';

export interface QuotaQuestion {
  readonly after: Resource;
  readonly before: Resource | undefined;
  readonly space: Pick<Resource<'Namespace'>, 'name' | 'spec'>;
  /** What the owner may take of everything; asked only where more is taken. */
  readonly ofOwner: (owner: string) => Promise<Quota | undefined>;
}

/** What was set for the owner, else what every owner has; `undefined` where neither limits anything. */
export async function quotaOfOwner(store: Pick<Store, 'quota'>, owner: string, forAll: Quota | undefined): Promise<Quota | undefined> {
  return (await store.quota(owner)) ?? forAll;
}

/** Holds a write to the quotas of everything that it takes more of than before; taking less is never refused. */
export async function quotaChanges({ after, before, space, ofOwner }: QuotaQuestion): Promise<readonly Change[]> {
  const [now, then] = [amounts(after), amounts(before)];
  const more = quotaFields.filter((field) => now[field] > then[field]);
  if (more.length === 0) return [];
  const scopes: readonly (readonly [Scope, Quota | undefined])[] = [
    [{ of: 'namespace', name: space.name }, space.spec.quota],
    [{ of: 'owner', name: after.owner }, await ofOwner(after.owner)],
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
  const affords = new Map<string, Extract<Change, { do: 'afford' }>>();
  for (const change of changes) {
    if (change.do === 'need') needs.set(change.resource.id, change);
    if (change.do === 'afford') {
      const key = `${change.scope.of}/${change.scope.name}/${change.key}`;
      if (change.most <= (affords.get(key)?.most ?? Infinity)) affords.set(key, change);
    }
    if (change.do !== 'limit') continue;
    const key = `${change.scope.of}/${change.scope.name}`;
    limits.set(key, { ...change, quota: { ...limits.get(key)?.quota, ...change.quota } });
  }
  return [...needs.values(), ...limits.values(), ...affords.values(), ...changes.filter((change) => change.do !== 'need' && change.do !== 'limit' && change.do !== 'afford')];
}
