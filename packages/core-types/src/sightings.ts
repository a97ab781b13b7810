import type { Clock } from './clock.ts';
import { isNebError } from './errors.ts';
import type { Call } from './provider.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What was learnt by looking, which counts for a while, so that what is done often does not look each time. */
export interface Sightings<T> {
  /**
   * Does `deed` with what is known of `name`, or with what a look tells where that is too old; who needs a look at the same time shares
   * one. A deed that fails over what was known, or takes long, is given up and done once more after a new look. An aborted call ends a look
   * only if nobody else waits for it.
   */
  use<R>(name: string, deed: (seen: T, call: Call) => Promise<R>, call?: Call): Promise<R>;
  /** What is known of `name`, or being looked at, no longer counts. */
  forget(name: string): void;
}

/** How is looked, and for how long that counts. */
export interface SightingsOptions<T> {
  readonly clock: Clock;
  /** Rejects where there is nothing to see, which is not kept. */
  readonly look: (name: string, call: Call) => Promise<T>;
  /** How long a sighting counts, in milliseconds, from the start of its look. */
  readonly countsMs: number;
  /** How long a deed over what was known may take before it is given up, in milliseconds, since what is gone may not even refuse; as long as it likes by default. */
  readonly trialMs?: number | undefined;
  /** Whether a sighting still counts at all; always by default. */
  readonly counts?: ((seen: T) => boolean) | undefined;
}

interface Sighting<T> {
  readonly seen: T;
  readonly at: number;
}

interface Look<T> {
  readonly sighting: Promise<Sighting<T>>;
  readonly stop: AbortController;
  waiting: number;
}

export function sightings<T>({ clock, look, countsMs, trialMs, counts = () => true }: SightingsOptions<T>): Sightings<T> {
  // In the order in which they were made, so that the old ones come first.
  const made = new Map<string, Sighting<T>>();
  const looks = new Map<string, Look<T>>();

  // A clock that was set back makes nothing count for longer.
  const isYoung = ({ at }: Sighting<T>): boolean => clock.now() >= at && clock.now() - at < countsMs;

  function known(name: string): Sighting<T> | undefined {
    const last = made.get(name);
    return last && isYoung(last) && counts(last.seen) ? last : undefined;
  }

  function keep(name: string, sighting: Sighting<T>): void {
    made.delete(name);
    made.set(name, sighting);
    for (const [old, one] of made) {
      if (isYoung(one)) break;
      made.delete(old);
    }
  }

  function begin(name: string): Look<T> {
    const stop = new AbortController();
    const at = clock.now();
    const sighted = async (): Promise<Sighting<T>> => {
      try {
        const sighting = { seen: await look(name, { signal: stop.signal }), at };
        if (looks.get(name) === begun) keep(name, sighting);
        return sighting;
      } finally {
        if (looks.get(name) === begun) looks.delete(name);
      }
    };
    const begun: Look<T> = { stop, waiting: 0, sighting: Promise.resolve().then(sighted) };
    looks.set(name, begun);
    return begun;
  }

  async function seenAnew(name: string, signal: AbortSignal | undefined): Promise<Sighting<T>> {
    const shared = looks.get(name) ?? begin(name);
    shared.waiting++;
    try {
      return await unlessAborted(shared.sighting, signal);
    } finally {
      shared.waiting--;
      if (shared.waiting === 0) {
        if (looks.get(name) === shared) looks.delete(name);
        shared.stop.abort();
      }
    }
  }

  function forget(name: string): void {
    made.delete(name);
    looks.delete(name);
  }

  /** What became of a deed over what was known; `undefined` where that may be to blame for its end. */
  async function tried<R>(before: Sighting<T>, deed: (seen: T, call: Call) => Promise<R>, signal: AbortSignal | undefined): Promise<{ readonly done: R } | undefined> {
    const [doubt, over] = [new AbortController(), new AbortController()];
    if (trialMs !== undefined) void clock.sleep(trialMs, over.signal).then(() => { if (!over.signal.aborted) doubt.abort(); });
    try {
      return { done: await deed(before.seen, { signal: signal ? AbortSignal.any([signal, doubt.signal]) : doubt.signal }) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!isNebError(error) && !doubt.signal.aborted) throw error;
      return undefined;
    } finally {
      over.abort();
    }
  }

  return {
    async use(name, deed, { signal } = {}) {
      signal?.throwIfAborted();
      const before = known(name);
      if (before) {
        const outcome = await tried(before, deed, signal);
        if (outcome) return outcome.done;
        if (made.get(name) === before) made.delete(name);
      }
      const { seen } = known(name) ?? (await seenAnew(name, signal));
      return await deed(seen, { signal });
    },
    forget,
  };
}
