import { collect, type Provider, type Snapshot } from '@neb/core-types';
import { parseAttemptKey } from '../container/attempt-key.ts';
import { within } from '../work/deadline.ts';
import { tuned, type World } from '../world.ts';
import { parseBroughtKey, parseSnapshotKey } from './facts.ts';

const listTimeoutMs = 60_000;

/** Forgets snapshots of a platform that nobody owns, after a grace time. Resolves with how many it forgot. */
export function snapshotSweeper(world: World, { name, suspend }: Provider): (signal: AbortSignal) => Promise<number> {
  const { store, clock, observer } = world;
  const { orphanGraceMs } = tuned(world.tuning);
  const suspects = new Map<string, number>();

  return async (signal) => {
    if (!suspend) return 0;
    const fleet = await store.fleet();
    const found = await within({ clock, ms: listTimeoutMs, what: `listing the snapshots of ${name}`, signal }, (inTime) => collect(suspend.snapshots({ fleet }, { signal: inTime })));
    const still = new Set<string>();
    let forgotten = 0;
    for (const snapshot of found) {
      signal.throwIfAborted();
      if (await isOwned(snapshot)) continue;
      const now = clock.now();
      const since = Math.min(suspects.get(snapshot.ref) ?? now, now);
      suspects.set(snapshot.ref, since);
      if (now - since >= orphanGraceMs && (await forget(snapshot, signal))) forgotten++;
      else still.add(snapshot.ref);
    }
    for (const ref of suspects.keys()) if (!still.has(ref)) suspects.delete(ref);
    return forgotten;
  };

  async function forget({ ref }: Snapshot, signal: AbortSignal): Promise<boolean> {
    try {
      await suspend!.forget(ref, { signal });
      return true;
    } catch (error) {
      observer?.onTrouble?.(`removal of a snapshot without an owner on ${name}`, error);
      return false;
    }
  }

  /** Whether somebody is to go on from it, or may yet be. */
  async function isOwned({ key, ref }: Snapshot): Promise<boolean> {
    const id = parseSnapshotKey(key);
    if (id !== undefined) {
      const one = await store.get('Snapshot', id);
      return one !== undefined && one.goneAt === undefined && (one.status.ref ?? ref) === ref;
    }
    const attemptKey = parseBroughtKey(key);
    const containerId = attemptKey === undefined ? asideOf(key) : parseAttemptKey(attemptKey)?.containerId;
    const container = containerId === undefined ? undefined : await store.get('Container', containerId);
    if (!container || container.goneAt !== undefined) return false;
    const { asked, suspended, move, attempt } = container.status;
    if (attemptKey !== undefined) return move?.to.key === attemptKey || (attempt?.key === attemptKey && attempt.started_at === undefined && attempt.ended_at === undefined);
    return (asked?.do === 'suspend' && asked.key === key) || suspended?.key === key || move?.key === key;
  }
}

/** The key of what a container is saved as to be suspended or moved: a new one each time. */
export function asideKey(containerId: string, version: number): string {
  return `${containerId}-aside-${version}`;
}

function asideOf(key: string): string | undefined {
  return /^(.+)-aside-\d+$/.exec(key)?.[1];
}
