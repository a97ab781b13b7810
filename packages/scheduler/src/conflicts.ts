import { formatMoney, inDollars, kinds, NebError, type Quota, type quotaFields, type Usage } from '@neb/core-types';
import { describeResource } from './resource-facts.ts';
import type { Resource, Scope } from './store.ts';

/** The name of a new object belongs to another that is not gone. */
export function nameTaken(resource: Resource): NebError {
  const { kind, name, namespace } = resource;
  const noun = kinds[kind].singular;
  const where = kind === 'Namespace' ? '' : ` in namespace ${namespace}`;
  return new NebError('conflict', `a ${noun} named ${name} exists${where}`, {
    hint: `Choose another name, or change or delete that ${noun}.`,
    details: { reason: 'name_taken', kind, namespace, name },
  });
}

/** What would be written is another owner's than those it is written for. */
export function beyondView(): NebError {
  return new NebError('unauthorized', 'this would belong to an owner, or be in a namespace, that is not yours');
}

/** Someone else wrote the object between our reading and our writing; `found` is absent if it is forgotten altogether. */
export function staleVersion(resource: Resource, found: number | undefined): NebError {
  const what = describeResource(resource);
  const happened = found === undefined ? 'no longer exists' : 'was changed by someone else meanwhile';
  return new NebError('conflict', `${what} ${happened}`, {
    hint: 'Read it again and repeat the change.',
    details: { reason: 'stale', kind: resource.kind, id: resource.id, version: resource.version, ...(found !== undefined && { found }) },
  });
}

/** What a commit needs to be there is not, or is on its way out. */
export function notThere(resource: Pick<Resource, 'kind' | 'namespace' | 'name'>): NebError {
  const what = describeResource(resource);
  return new NebError('conflict', `${what} is being deleted`, { hint: 'Wait until it is gone, or choose another.', details: { reason: 'not_there', kind: resource.kind, name: resource.name } });
}

const unitOf = { containers: 'container(s)', accelerators: 'accelerator(s)', cpu: 'core(s)', memory: 'GiB of memory', volumes: 'volume(s)' } as const satisfies Record<(typeof quotaFields)[number], string>;

export interface Exceeded {
  readonly field: (typeof quotaFields)[number];
  readonly quota: Quota;
  /** What would be taken, and what is taken without what is put. */
  readonly usage: Usage;
  readonly before: Usage;
}

/** What a commit puts would take more than its scope may. */
export function overQuota({ of, name }: Scope, { field, quota, usage, before }: Exceeded): NebError {
  const limit = quota[field] ?? 0;
  const [used, asked] = [before[field], usage[field] - before[field]];
  return new NebError('quota', `the quota of ${of} ${name} is spent: of ${limit} ${unitOf[field]} ${used} are taken, and this asks for ${asked} more`, {
    hint: of === 'namespace' ? 'Delete what is not needed, or have an admin of its owner raise the quota of the namespace.' : 'Delete what is not needed, or ask an administrator of the server for more.',
    details: { scope: of, name, field, limit, used, asked },
  });
}

/** What a commit puts would spend more than a budget has left. */
export function overBudget({ scope, key, most, budget }: { readonly scope: Scope; readonly key: string; readonly most: number; readonly budget: string }, { used, asked }: { readonly used: number; readonly asked: number }): NebError {
  const [counts, currency] = key.split('/');
  const inWords = (nanos: number): string => (currency === 'USD' ? `${inDollars(formatMoney(BigInt(Math.round(nanos))))}/h` : `${formatMoney(BigInt(Math.round(nanos)))} ${currency}/h`);
  return new NebError('quota', `${budget} does not allow it: at most ${inWords(most)} can be paid for, ${inWords(used)} of it is taken, and this asks for ${inWords(asked)}`, {
    hint: 'Stop what is not needed, wait for the next period, or raise the budget.',
    details: { budget, scope: scope.of, name: scope.name, counts, currency, most, used, asked },
  });
}
