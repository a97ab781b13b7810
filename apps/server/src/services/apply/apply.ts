import { NebError, timestamp } from '@neb/core-types';
import { boundOnce, type Change, type Resource, secretNames, type SecretStore, type Store } from '@neb/scheduler';
import type { Applied, ApplyInput, Caller, Seen } from '@neb/sdk/contract';
import { seenBy } from '../../auth/view-of.ts';
import { put, retried } from '../access.ts';
import { deedTo } from '../audit.ts';
import { titleOf } from '../views.ts';
import { namespaces } from './namespaces.ts';
import { type Planned, planOne } from './plan.ts';
import { type Planning, planning, type PlanningOptions } from './planning.ts';
import { type Wanted, wantedOf } from './wanted.ts';

export interface ApplyOptions extends Omit<PlanningOptions, 'who' | 'now' | 'namespaces'> {
  readonly sealed: SecretStore;
  /** All there is; `store` is of it what the caller sees. */
  readonly whole: Store;
  /** How long `replace` waits for what it replaces to be gone; 60,000 by default. */
  readonly replaceMs?: number | undefined;
}

/** Checks all manifests, then writes all they change in one transaction or none. */
export async function apply(given: Omit<ApplyOptions, 'store'>, who: Caller, input: ApplyInput): Promise<readonly Applied[]> {
  const options: ApplyOptions = { ...given, store: seenBy(who, given.whole) };
  const wanted = wantedOf(who, input.manifests, options.random);
  const make = (mode: ApplyInput['mode']): Promise<Plan> => plan(options, { who, mode, wanted, expected: input.expected });
  if (input.dryRun) return await Promise.all((await make(input.mode)).planned.map((planned) => rehearsed(options, planned)));
  const replaced = input.mode === 'replace' ? await makeRoom(options, (await make(input.mode)).planned) : new Map<string, Resource<'Container'>>();

  return await retried(async () => {
    const { planned, fresh } = await make(replaced.size > 0 ? 'apply' : input.mode);
    await write(options, planned, fresh);
    await record(options, who, { planned, fresh });
    return planned.map(({ applied }) => asReplaced(applied, replaced.get(titleOf(applied))));
  });
}

/** What `who` may have run, outside of a manifest. */
export function planningFor(given: Omit<ApplyOptions, 'store'>, who: Caller): Planning {
  const options = { ...given, store: seenBy(who, given.whole), who, now: timestamp(given.clock.now()) };
  return planning({ ...options, namespaces: namespaces({ ...options, declared: [] }) });
}

/** What would come of it, and for a container where it could run. */
async function rehearsed({ explain }: ApplyOptions, { applied, changes }: Planned): Promise<Applied> {
  const shown = { ...applied, ...(applied.outcome === 'created' && { id: undefined }) };
  const put = changes.find((change) => change.do === 'put');
  if (put?.resource.kind !== 'Container') return shown;
  const { candidates, places } = await explain(put.resource as Resource<'Container'>);
  const nowhere = candidates.some(({ fits }) => fits) ? [] : [`it fits nowhere now: ${places.map(({ platform, why }) => `${platform}: ${why}`).join('; ') || 'no platform is set up'}`];
  return { ...shown, warnings: [...shown.warnings, ...nowhere], candidates };
}

interface Plan {
  readonly planned: readonly Planned[];
  /** Namespaces that come into being by being used. */
  readonly fresh: readonly Resource<'Namespace'>[];
}

interface Asked extends Pick<ApplyInput, 'mode' | 'expected'> {
  readonly who: Caller;
  readonly wanted: readonly Wanted[];
}

async function plan(options: ApplyOptions, { who, mode, wanted, expected = [] }: Asked): Promise<Plan> {
  const now = timestamp(options.clock.now());
  const declared = wanted.filter((one) => one.kind === 'Namespace');
  const spaces = namespaces({ ...options, who, now, declared });
  const shared = planning({ ...options, who, now, namespaces: spaces });
  // Looked up side by side; of several that are refused the first is told.
  const outcomes = await Promise.allSettled(wanted.map((one) => planOne(shared, mode, one)));
  const planned = outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    throw outcome.reason;
  });
  for (const seen of expected) if (!isAsSeen(planned, seen)) throw new NebError('conflict', `the object with the id ${seen.id} was changed meanwhile`, { hint: 'Read it again and repeat the change.', details: { final: true, stale: true } });
  return { planned, fresh: spaces.fresh().filter(({ name }) => !declared.some((one) => one.name === name)) };
}

/** What came to be and what was changed, for the audit log. */
async function record({ recorder }: ApplyOptions, who: Caller, { planned, fresh }: Plan): Promise<void> {
  const put = planned.flatMap(({ applied, changes }) => changes.flatMap((change) => (change.do === 'put' ? [deedTo(applied.outcome === 'created' ? 'create' : 'update', change.resource)] : [])));
  await Promise.all([...fresh.map((space) => deedTo('create', space)), ...put].map((deed) => recorder.done(who, deed)));
}

/** Whether nothing is written over another version of it than was read, nor in the place of it. */
function isAsSeen(planned: readonly Planned[], { id, version }: Seen): boolean {
  const puts = planned.flatMap(({ changes }) => changes.flatMap((change) => (change.do === 'put' ? [change.resource] : [])));
  return puts.some((put) => put.id === id && put.version === version) || planned.some(({ applied }) => applied.id === id && applied.outcome === 'unchanged');
}

/**
 * A new secret is sealed before the write that shows it, so that no container finds it without a value; a changed one
 * after, so that a write that is refused changes nothing. A crash between is healed by applying again: values are compared.
 */
async function write({ store, vault, sealed, clock }: ApplyOptions, planned: readonly Planned[], fresh: readonly Resource<'Namespace'>[]): Promise<void> {
  const seals = planned.flatMap(({ seal }) => seal ?? []);
  const keep = async (these: typeof seals): Promise<void> => {
    for (const { secret, value } of these) await sealed.seal(secret.id, await vault.seal(secret, value));
  };
  await keep(seals.filter(({ secret }) => secret.version === 0));
  const changes = [...fresh.map((resource): Change => ({ do: 'put', resource })), ...boundOnce(planned.flatMap((one) => one.changes))];
  if (changes.length > 0) await store.commit(stamped(changes, timestamp(clock.now())));
  await keep(seals.filter(({ secret }) => secret.version > 0));
  if (seals.length > 0) await wakeWaiting(store, seals.map(({ secret }) => secret));
}

function stamped(changes: readonly Change[], updatedAt: string): readonly Change[] {
  return changes.map((change) => (change.do === 'put' ? { ...change, resource: { ...change.resource, updatedAt } } : change));
}

/** Containers that waited for a secret need not wait for their next try. */
async function wakeWaiting(store: ApplyOptions['store'], secrets: readonly Resource<'Secret'>[]): Promise<void> {
  for (const { namespace, name } of secrets) {
    const { items } = await store.list({ kind: 'Container', namespace, statuses: ['pending', 'creating'], limit: 1_000 });
    const waiting = items.filter(({ spec }) => secretNames(spec).includes(name));
    if (waiting.length > 0) await store.commit(waiting.map(({ id }): Change => ({ do: 'wake', kind: 'Container', id })));
  }
}

/** Deletes what is to be replaced, and waits until its names are free. */
async function makeRoom(options: ApplyOptions, planned: readonly Planned[]): Promise<ReadonlyMap<string, Resource<'Container'>>> {
  const { store, clock, replaceMs = 60_000 } = options;
  const old = planned.flatMap(({ replaces }) => replaces ?? []);
  if (old.length === 0) return new Map();
  const enough = new AbortController();
  void clock.sleep(replaceMs, enough.signal).then(() => enough.abort());
  try {
    const after = await store.cursor();
    for (const { id } of old) await retried(() => markDeleted(options, id));
    const left = new Set(old.map(({ id }) => id));
    const gone = async (id: string): Promise<void> => {
      const now = await store.get('Container', id);
      if (!now || now.goneAt !== undefined) left.delete(id);
    };
    for (const id of [...left]) await gone(id);
    if (left.size > 0) {
      for await (const { id } of store.changes({ after, signal: enough.signal })) {
        if (left.has(id)) await gone(id);
        if (left.size === 0) break;
      }
    }
    const stuck = old.find(({ id }) => left.has(id));
    if (stuck) throw new NebError('timeout', `${titleOf(stuck)} is being deleted, and was not gone within ${replaceMs / 1_000} s`, { hint: 'Repeat the command when it is gone; nothing else was changed.' });
    return new Map(old.map((one) => [titleOf(one), one]));
  } finally {
    enough.abort();
  }
}

async function markDeleted({ store, clock }: ApplyOptions, id: string): Promise<void> {
  const found = await store.get('Container', id);
  if (!found || found.deletedAt !== undefined) return;
  const now = timestamp(clock.now());
  await put(store, { ...found, deletedAt: now, updatedAt: now }, { do: 'wake', kind: 'Container', id });
}

function asReplaced(applied: Applied, old: Resource<'Container'> | undefined): Applied {
  return old ? { ...applied, outcome: 'replaced', restarts: true } : applied;
}
