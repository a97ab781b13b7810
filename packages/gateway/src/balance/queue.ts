import type { Member } from './member.ts';

/** Why a request that waited is not sent anywhere. */
export type WaitEnd = 'late' | 'full' | 'gone' | 'left';

/** What all that wait take together, over all routes. */
export interface Waiting {
  count: number;
  bytes: number;
  readonly most: number;
  readonly mostBytes: number;
}

export interface Wait {
  readonly forMs: number;
  readonly bytes: number;
  /** It was sent before and comes first again. */
  readonly first: boolean;
  readonly signal: AbortSignal;
}

/** Those who wait for a replica, first come first served. */
export interface Queue {
  readonly size: number;
  /** Resolves with a replica, or with why there is none. */
  join(wait: Wait): Promise<Member | WaitEnd>;
  /** Hands replicas out as long as there are both. */
  serve(next: () => Member | undefined): void;
  /** Sends everybody away. */
  clear(why: WaitEnd): void;
}

export function queue(waiting: Waiting): Queue {
  // A set keeps the order and forgets anyone at once; whoever is in it has not been answered.
  const again = new Set<(end: Member | WaitEnd) => void>();
  const waiters = new Set<(end: Member | WaitEnd) => void>();

  return {
    get size() { return again.size + waiters.size; },
    join({ forMs, bytes, first, signal }) {
      if (signal.aborted) return Promise.resolve('left');
      if (forMs <= 0) return Promise.resolve('late');
      if (waiting.count >= waiting.most || waiting.bytes + bytes > waiting.mostBytes) return Promise.resolve('full');
      const line = first ? again : waiters;
      waiting.count += 1;
      waiting.bytes += bytes;
      return new Promise((resolve) => {
        const settle = (end: Member | WaitEnd): void => {
          line.delete(settle);
          clearTimeout(timer);
          signal.removeEventListener('abort', leave);
          waiting.count -= 1;
          waiting.bytes -= bytes;
          resolve(end);
        };
        const leave = (): void => settle('left');
        const timer = setTimeout(() => settle('late'), forMs);
        signal.addEventListener('abort', leave, { once: true });
        line.add(settle);
      });
    },
    serve(next) {
      for (const line of [again, waiters]) {
        for (const settle of line) {
          const found = next();
          if (!found) return;
          settle(found);
        }
      }
    },
    clear(why) {
      for (const settle of [...again, ...waiters]) settle(why);
    },
  };
}
