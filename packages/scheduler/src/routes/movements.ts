import { type Backoff, type Clock, doubling, isNebError, jittered, type Random } from '@neb/core-types';
import { pulse } from '../pulse.ts';
import type { FeedEntry, Store } from '../store.ts';

/** An object whose route may be another now. */
export type Moved = Pick<FeedEntry, 'kind' | 'id'>;

/** What has to be looked at: objects that moved, or everything where that is not known. */
interface Due {
  /** Has `look` look at it; where that fails it stays due. */
  settle<T>(look: (moved: readonly Moved[] | undefined) => Promise<T>): Promise<T>;
}

/** What moved in a store and was not looked at yet. */
export interface Movements {
  readonly beats: number;
  /** Resolves once anything moved since `beats`, or all is over. */
  next(beats: number): Promise<void>;
  take(): Due | undefined;
}

interface Options {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onTrouble?: ((error: unknown) => void) | undefined;
  /** What is to be looked at for it, so that many movements of one are looked at once. */
  readonly subjectOf: (moved: Moved) => Moved;
}

const again: Backoff = { firstMs: 100, maxMs: 2_000 };
/** What is looked at together: the rest is due next. */
const mostAtOnce = 100;

/** Follows the store's change feed until `signal` aborts. First of all everything is due, and so it is where the feed no longer reaches back to where it was. */
export function movements(store: Pick<Store, 'cursor' | 'changes'>, { clock, random, signal, onTrouble, subjectOf }: Options): Movements {
  const moved = new Map<string, Moved>();
  const news = pulse();
  let isAllDue = false;
  void follow();

  return {
    get beats() {
      return news.beats;
    },
    next: (beats) => news.next(beats, signal),
    take() {
      if (isAllDue) return { settle: allOf };
      const due = [...moved.values()].slice(0, mostAtOnce);
      return due.length > 0 ? { settle: (look) => these(due, look) } : undefined;
    },
  };

  async function allOf<T>(look: (moved: undefined) => Promise<T>): Promise<T> {
    isAllDue = false;
    try {
      return await look(undefined);
    } catch (error) {
      isAllDue = true;
      throw error;
    }
  }

  async function these<T>(due: readonly Moved[], look: (moved: readonly Moved[]) => Promise<T>): Promise<T> {
    for (const { id } of due) moved.delete(id);
    try {
      return await look(due);
    } catch (error) {
      for (const one of due) moved.set(one.id, one);
      throw error;
    }
  }

  async function follow(): Promise<void> {
    let after: string | undefined;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        if (after === undefined) {
          // What moves from here on is read below, whatever is found when everything is looked at.
          after = await store.cursor();
          moved.clear();
          isAllDue = true;
          news.beat();
        }
        for await (const { cursor, kind, id } of store.changes({ after, signal })) {
          after = cursor;
          failures = 0;
          if (kind !== 'Service' && kind !== 'Container') continue;
          const subject = subjectOf({ kind, id });
          moved.set(subject.id, subject);
          news.beat();
        }
      } catch (error) {
        if (isNebError(error, 'expired')) [after, failures] = [undefined, 0];
        else if (!signal.aborted) onTrouble?.(error);
      }
      if (!signal.aborted) await clock.sleep(jittered(doubling(failures, again), random), signal);
    }
  }
}
