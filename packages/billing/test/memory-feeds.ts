import { bell, type FactFeed, NebError, type RouteFact, type RunFeed, type SeenRun, systemClock } from '@neb/core-types';

/** Runs that a test changes. */
export interface MemoryRuns {
  readonly feed: RunFeed;
  put(run: SeenRun): void;
  /** Forgets what changed before. */
  forget(): void;
}

export function memoryRuns(): MemoryRuns {
  const runs = new Map<string, SeenRun>();
  const changes: string[] = [];
  const news = bell(systemClock);
  let kept = 0;
  return {
    put(run) {
      runs.set(run.key, run);
      changes.push(run.object.id);
      news.ring();
    },
    forget() {
      kept = changes.length;
    },
    feed: {
      cursor: async () => String(changes.length),
      async *changes({ after, signal }) {
        if (Number(after) < kept) throw new NebError('expired', 'what changed then is not known any more');
        for (let at = Number(after); !signal.aborted;) {
          for (; at < changes.length; at++) yield { cursor: String(at + 1), containerId: changes[at]! };
          await news.wait(Infinity, signal);
        }
      },
      runs: async (containerId) => [...runs.values()].filter(({ object }) => object.id === containerId),
      async *all() {
        yield* new Set([...runs.values()].map(({ object }) => object.id));
      },
    },
  };
}

/** A gateway that a test lets count. */
export function memoryDoor(): FactFeed & { count(...facts: readonly RouteFact[]): void; readonly left: number } {
  const news = bell(systemClock);
  const facts: RouteFact[] = [];
  return {
    count(...more) {
      facts.push(...more);
      news.ring();
    },
    get left() { return facts.length; },
    read: async ({ limit = 1_000 } = {}) => ({ facts: facts.slice(0, limit), dropped: 0, position: String(Math.min(limit, facts.length)) }),
    acknowledge: async (position) => void facts.splice(0, Number(position)),
    news: async (signal) => void (await news.wait(Infinity, signal)),
  };
}
