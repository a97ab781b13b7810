import { matchesSelector, type Page, type Usage } from '@neb/core-types';
import { nameTaken, notThere, overBudget, overQuota, staleVersion } from '../conflicts.ts';
import { pageSize, readCursor } from '../cursors.ts';
import { beyondQuota, spendIn, usageOf } from '../demand.ts';
import { overSince, queueOf, wordOf } from '../resource-facts.ts';
import type { Change, ListQuery, Resource, Scope, View } from '../store.ts';
import { isWithin } from '../view.ts';

type Named = Pick<Resource, 'kind' | 'namespace' | 'name'>;

/** The objects by id, in order of creation. */
export interface Objects {
  get(id: string): Resource | undefined;
  find(ref: Named): Resource | undefined;
  all(): readonly Resource[];
  /** Those within the view, at most `most` of them. */
  list(query: ListQuery, view?: View, most?: number): Page<Resource>;
  /** What the puts and drops of `changes` would write, the dropped as `undefined`; throws `conflict`. Changes nothing. */
  check(changes: readonly Change[], now: string): ReadonlyMap<string, Resource | undefined>;
  /** Of what is within the view. */
  usage(scope: Scope, view?: View): Usage;
  write(checked: ReadonlyMap<string, Resource | undefined>): void;
}

export function memoryObjects(): Objects {
  const objects = new Map<string, Resource>();
  const live = new Map<string, string>();
  let seq = 0;

  return {
    get: (id) => objects.get(id),
    find(ref) {
      const id = live.get(nameKey(ref));
      if (id !== undefined) return objects.get(id);
      const went = [...objects.values()].filter((r) => nameKey(r) === nameKey(ref));
      return went.reduce<Resource | undefined>((last, r) => (last && last.goneAt! > r.goneAt! ? last : r), undefined);
    },
    all: () => [...objects.values()],
    list({ kind, namespace, labels = [], statuses, queue, gone, limit, cursor }, view, most) {
      const after = cursor === undefined ? 0 : readCursor(cursor, 1)[0]!;
      const size = pageSize(limit, most);
      const wanted = [...objects.values()].filter((r) => r.kind === kind && r.seq > after && isWithin(view, r) && (gone === true || r.goneAt === undefined)
        && (namespace === undefined || r.namespace === namespace) && (queue === undefined || queueOf(r) === queue)
        && (statuses === undefined || statuses.includes(wordOf(r))) && matchesSelector(r.labels, labels));
      const items = wanted.slice(0, size);
      return wanted.length > size ? { items, next: String(items.at(-1)!.seq) } : { items };
    },
    check(changes, now) {
      const writes = new Map<string, Resource | undefined>();
      const latest = (id: string): Resource | undefined => (writes.has(id) ? writes.get(id) : objects.get(id));
      const holder = (ref: Named): string | undefined => {
        const written = [...writes.values()].find((r) => r && r.goneAt === undefined && nameKey(r) === nameKey(ref));
        const id = written?.id ?? live.get(nameKey(ref));
        return id !== undefined && latest(id)?.goneAt === undefined && latest(id) ? id : undefined;
      };
      let next = seq;
      for (const change of changes) {
        if (change.do !== 'put' && change.do !== 'drop') continue;
        const { resource } = change;
        if (writes.has(resource.id)) throw new Error(`${resource.id} is written twice in one commit`);
        const found = latest(resource.id);
        if (change.do === 'drop') {
          if (found && found.version !== resource.version) throw staleVersion(resource, found.version);
          if (found) writes.set(resource.id, undefined);
          continue;
        }
        if ((found?.version ?? 0) !== resource.version) throw staleVersion(resource, found?.version);
        if (resource.goneAt === undefined && ![undefined, resource.id].includes(holder(resource))) throw nameTaken(resource);
        writes.set(resource.id, plain({ ...resource, seq: found?.seq ?? ++next, version: resource.version + 1, updatedAt: now }));
      }
      for (const change of changes) {
        if (change.do === 'need') {
          const there = latest(change.resource.id);
          if (!there || there.deletedAt !== undefined || there.goneAt !== undefined) throw notThere(change.resource);
        }
        if (change.do === 'limit') keepWithin(change, writes);
        if (change.do === 'afford') keepAffordable(change, writes);
      }
      return writes;
    },
    usage: (scope, view) => usageOf([...objects.values()].filter((r) => isIn(scope, r) && isWithin(view, r))),
    write(checked) {
      for (const [id, resource] of checked) {
        const old = objects.get(id);
        if (old && live.get(nameKey(old)) === id) live.delete(nameKey(old));
        if (!resource) objects.delete(id);
        else objects.set(id, resource);
        if (resource) seq = Math.max(seq, resource.seq);
      }
      for (const resource of checked.values()) if (resource && resource.goneAt === undefined) live.set(nameKey(resource), resource.id);
    },
  };

  function sides(scope: Scope, writes: ReadonlyMap<string, Resource | undefined>): readonly [put: readonly Resource[], others: readonly Resource[]] {
    return [[...writes.values()].flatMap((r) => (r && isIn(scope, r) ? [r] : [])), [...objects.values()].filter((r) => isIn(scope, r) && !writes.has(r.id))];
  }

  function keepAffordable(change: Extract<Change, { do: 'afford' }>, writes: ReadonlyMap<string, Resource | undefined>): void {
    const [asked, used] = sides(change.scope, writes).map((side) => spendIn(side, change.key)) as [number, number];
    if (used + asked > change.most) throw overBudget(change, { used, asked });
  }

  function keepWithin({ scope, quota }: Extract<Change, { do: 'limit' }>, writes: ReadonlyMap<string, Resource | undefined>): void {
    const [put, others] = sides(scope, writes);
    const usage = usageOf([...others, ...put]);
    const field = beyondQuota(usage, quota);
    if (field !== undefined) throw overQuota(scope, { field, quota, usage, before: usageOf(others) });
  }
}

const isIn = ({ of, name }: Scope, resource: Resource): boolean => resource[of] === name;

/** What retention may forget of `kind`: over before that time. */
export function overBefore(resource: Resource, kind: Resource['kind'], before: string): boolean {
  const since = resource.kind === kind ? overSince(resource) : undefined;
  return since !== undefined && Date.parse(since) < Date.parse(before);
}

function nameKey({ kind, namespace, name }: Named): string {
  return `${kind}/${namespace}/${name}`;
}

/** A copy that nobody else holds, as JSON would bring it back. */
function plain(resource: Resource): Resource {
  return JSON.parse(JSON.stringify(resource)) as Resource;
}
