import { type Clock, type Kind, type NebError, newId, type Random, timestamp, type Usage } from '@neb/core-types';
import { createHash } from 'node:crypto';
import { nameTaken, notThere, overBudget, overQuota, staleVersion } from '../conflicts.ts';
import { beyondQuota } from '../demand.ts';
import { moved } from '../moved.ts';
import { storable } from '../storable.ts';
import type { Change, NewEvent, Resource, View } from '../store.ts';
import type { Lease, Released } from '../work/work-queue.ts';
import { toRow } from './rows.ts';
import { viewTexts } from './wall.ts';

/** One thing that `neb_write` does, as JSON; what it touches, so that all lock in one order; and what its answer means. */
export interface Operation<Answer = unknown> {
  readonly json: string;
  /** The objects to lock beforehand; none where its only write is one that checks and locks by itself. */
  readonly ids: readonly string[];
  /** The rows of `work` to lock beforehand. */
  readonly keys: readonly string[];
  /** The object that its only write replaces: such writes are done in this order. */
  readonly replaces?: string | undefined;
  /** False where losing it in a power cut does no harm: whoever held a lease before one holds nothing after it. */
  readonly durable: boolean;
  /** Reads the database's answer; throws what it refused. */
  read(answer: unknown): Answer;
}

interface Refusal {
  readonly refused:
    | { readonly stale?: true; readonly put?: number; readonly drop?: number; readonly found?: number | null }
    | { readonly need: number }
    | { readonly limit: number; readonly usage: Taken; readonly before: Taken };
}

/** A quota's fields, and what budgets count by its key. */
type Taken = Usage & Readonly<Record<string, number | undefined>>;

type Of<D extends Change['do']> = Extract<Change, { do: D }>;

/** Writes all of `changes` or none, as far as `view` reaches. */
export function commitOperation(given: readonly Change[], { clock, random, view }: { readonly clock: Clock; readonly random: Random; readonly view?: View | undefined }): Operation<readonly Resource[]> {
  const changes = storable(given);
  const of = <D extends Change['do']>(what: D): readonly Of<D>[] => changes.filter((change): change is Of<D> => change.do === what);
  const now = timestamp(clock.now());
  const puts = of('put').map(({ resource }) => ({ ...resource, version: resource.version + 1, updatedAt: now }));
  const drops = of('drop').map(({ resource }) => resource);
  const ids = [...puts, ...drops].map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw new Error(`an object is written twice in one commit: ${ids.join(', ')}`);
  const [needs, limits] = [of('need').map(({ resource }) => resource), [...of('limit'), ...of('afford')]];
  const wakes = of('wake').map(({ kind, id, afterMs = 0 }) => ({ id: workId(kind, id), kind, key: id, ms: afterMs }));
  const operation = {
    do: 'commit',
    ...(view && viewTexts(view)),
    puts: some(puts.map(toRow)),
    drops: some(drops.map(({ kind, id, version }) => ({ id, version, work: workId(kind, id) }))),
    needs: some(needs.map(({ id }) => id)),
    limits: some(limits.map((limit) => ({ ...limit.scope, quota: limit.do === 'limit' ? limit.quota : { [limit.key]: limit.most } }))),
    moved: some(moved(changes)),
    attempts: some(of('archive').map(({ containerId, attempt }) => ({ container_id: containerId, number: attempt.number, attempt }))),
    logs: some(of('keep_log').map(({ containerId, attempt, lines }) => ({ container_id: containerId, attempt, lines }))),
    news: some(of('tell').map(({ event }) => ({ ...eventRow(event), id: newId(random), at: now }))),
    wakes: some(wakes),
  };
  return {
    json: JSON.stringify(operation),
    // Who counts has to count alone.
    ids: [...(ids.length > 1 || drops.length > 0 ? ids : []), ...new Set(limits.map(({ scope }) => `quota/${scope.of}/${scope.name}`))],
    replaces: ids.length === 1 ? ids[0] : undefined,
    keys: [...wakes.map(({ id }) => id), ...drops.map(({ kind, id }) => workId(kind, id))],
    durable: true,
    read(answer) {
      if (!Array.isArray(answer)) throw refusal(answer as Refusal, { puts, drops, needs, limits });
      return puts.map((resource, n) => ({ ...resource, seq: answer[n] as number }));
    },
  };
}

/** Leases up to `limit` keys. */
export function takeOperation(kind: Kind, limit: number, leaseMs: number): Operation<readonly Lease[]> {
  return { json: JSON.stringify({ do: 'take', kind, limit, ms: leaseMs }), ids: [], keys: [], durable: false, read: (answer) => answer as readonly Lease[] };
}

/** What became of a released lease: it had passed to another, or was ours and the key rests, or is due again some time. */
export type ReleaseAnswer = 'lost' | 'rests' | 'due';

export function releaseOperation(kind: Kind, released: readonly Released[]): Operation<readonly ReleaseAnswer[]> {
  const leases = released.map(({ lease: { key, token }, failed, againAfterMs }) => ({ id: workId(kind, key), token, failed, ms: againAfterMs }));
  return { json: JSON.stringify({ do: 'release', leases }), ids: [], keys: leases.map(({ id }) => id), durable: false, read: (answer) => answer as readonly ReleaseAnswer[] };
}

interface Asked {
  readonly puts: readonly Resource[];
  readonly drops: readonly Resource[];
  readonly needs: readonly Of<'need'>['resource'][];
  readonly limits: readonly Of<'limit' | 'afford'>[];
}

function refusal({ refused }: Refusal, { puts, drops, needs, limits }: Asked): NebError {
  if ('need' in refused) return notThere(needs[refused.need]!);
  if ('limit' in refused) {
    const { usage, before, limit } = refused;
    const refusing = limits[limit]!;
    const { scope } = refusing;
    if (refusing.do === 'afford') {
      const [all = 0, used = 0] = [usage[refusing.key], before[refusing.key]];
      return overBudget(refusing, { used, asked: all - used });
    }
    const { quota } = refusing;
    return overQuota(scope, { field: beyondQuota(usage, quota) ?? 'containers', quota, usage, before });
  }
  const at = refused.drop === undefined ? puts[refused.put!]! : drops[refused.drop]!;
  if (!refused.stale) return nameTaken(at);
  return staleVersion(refused.drop === undefined ? { ...at, version: at.version - 1 } : at, refused.found ?? undefined);
}

function eventRow({ type, reason, message, object }: NewEvent): object {
  const fold = createHash('sha256').update(`${reason}\0${message}`).digest('base64url');
  return { type, reason, message, kind: object.kind, namespace: object.namespace, name: object.name, object_id: object.id, fold };
}

/** A row of `work`: one text, so that a plan made while the table was small can choose no other index. */
function workId(kind: Kind, key: string): string {
  return `${kind}/${key}`;
}

/** Left out of the JSON where there is none. */
function some<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}
