import { type Attempt, collect, type FindUsageObject, type Meter, paginate, type RunFeed, type SeenRun, type UsageFact } from '@neb/core-types';
import type { Resource, Store } from '@neb/scheduler';

type Crew = NonNullable<UsageFact['of']>;

/** The attempts of every container, as the store keeps them. */
export function runFeed(store: Pick<Store, 'cursor' | 'changes' | 'get' | 'find' | 'attempts' | 'list'>): RunFeed {
  return {
    cursor: () => store.cursor(),
    async *changes({ after, signal }) {
      for await (const { kind, id, cursor, dropped } of store.changes({ after, signal })) if (kind === 'Container' && !dropped) yield { cursor, containerId: id };
    },
    async runs(containerId) {
      const container = await store.get('Container', containerId);
      if (!container) return [];
      const kept = await store.attempts(containerId);
      const attempts = [...underWay(container).filter(({ number }) => !kept.some((one) => one.number === number)), ...kept];
      if (attempts.length === 0) return [];
      const meters = (await metersOf(store, container)).filter(({ metric }) => metric === 'runtime');
      return attempts.map((attempt) => seenRun(container, attempt, { meters, isKept: kept.includes(attempt) }));
    },
    async *all() {
      for (const { id } of await collect(paginate((cursor) => store.list({ kind: 'Container', gone: true, limit: 1_000, cursor })))) yield id;
    },
  };
}

/** What is not over: the attempt that the container is, and while it moves the one it left, or is to be, once that is bought. */
function underWay({ status: { attempt, move } }: Resource<'Container'>): readonly Attempt[] {
  const target = move && move.to.ref !== undefined && move.to.number !== attempt?.number ? move.to : undefined;
  return [attempt, move?.leaving?.attempt, target].filter((one) => one !== undefined);
}

/** What a gateway's facts are of. */
export function usageObjects(store: Pick<Store, 'get'>): FindUsageObject {
  return async ({ kind, id }) => {
    const found = await store.get(kind, id);
    const of = found && crewOf(found);
    return found && { name: found.name, labels: found.labels, ...(of && { of }) };
  };
}

/** The meters of a container; of a replica with those of its service or processor. */
export async function metersOf(store: Pick<Store, 'find'>, { namespace, ownerRef, spec: { meters = [] } }: Resource<'Container'>): Promise<readonly Meter[]> {
  const of = crewOf({ namespace, ownerRef });
  if (!of) return meters;
  const crew = await store.find({ kind: of.kind, namespace, name: of.name });
  return [...meters, ...(crew?.spec.meters ?? [])];
}

/** An attempt of a container as billing sees it. What is kept of one is kept once its instance is gone; servers of before did not write until when it was asked for, nor that it is suspended. */
export function seenRun(container: Resource<'Container'>, attempt: Attempt, { meters, isKept }: { readonly meters: readonly Meter[]; readonly isKept: boolean }): SeenRun {
  const { id, name, namespace, owner, labels, version, updatedAt, status } = container;
  const { number, key, platform, region, accelerator, price_per_hour: pricePerHour, ref, intended_at: intendedAt, started_at: startedAt, ended_at: endedAt, billed_from: billedFrom, billed_until: billedUntil, terms = [] } = attempt;
  const of = crewOf(container);
  return {
    key, attempt: number, version, changedAt: updatedAt, owner, namespace, object: { kind: 'Container', id, name }, ...(of && { of }), labels, platform, region, accelerator,
    ...(terms.length > 0 && { terms: terms.map(({ until, price_per_hour: before, paused = false }) => ({ until, pricePerHour: before, paused })) }),
    pricePerHour, bought: ref !== undefined || startedAt !== undefined, intendedAt, startedAt, endedAt, billedFrom, billedUntil,
    lingers: endedAt !== undefined && billedUntil === undefined && !isKept, paused: attempt.paused ?? (terms.length === 0 && status.status === 'paused' && status.attempt?.number === number), meters,
  };
}

/** Whose replica it is, by its `name.namespace.Kind`. */
function crewOf({ namespace, ownerRef }: Pick<Resource, 'namespace' | 'ownerRef'>): Crew | undefined {
  for (const kind of ['Service', 'Processor'] as const) {
    const end = `.${namespace}.${kind}`;
    if (ownerRef?.endsWith(end)) return { kind, name: ownerRef.slice(0, -end.length) };
  }
  return undefined;
}
