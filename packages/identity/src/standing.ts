import { type Caller, type Clock, NebError } from '@neb/core-types';
import type { Found } from './look-up.ts';

export interface StandingOptions {
  readonly clock: Clock;
  /** What is known now of credentials, by their ids; those that are gone are not there. */
  readonly lookUp: (ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>;
}

/** Whether callers who stay, on a stream or a socket, may still be there. */
export interface Standing {
  /**
   * Aborts when what `caller` came with is good no more, or gives less than it did; the reason is what to tell it. Aborts
   * with `until` too, and looks no further then.
   */
  watch(caller: Caller, until: AbortSignal): AbortSignal;
  /** Looks at all who stay, as something has changed. */
  check(): void;
  /** Looks at nobody any more. */
  close(): void;
}

/** Word of a change may be lost, so that all who stay are looked at now and again. */
const lookMs = 60_000;
const retryMs = 1_000;

interface Stay {
  readonly caller: Caller;
  readonly credential: string;
  readonly over: AbortController;
  expiresMs: number;
  isDue: boolean;
}

/** Costs nothing while nobody stays; else one query for all of them when something changes, and one a minute. */
export function standing({ clock, lookUp }: StandingOptions): Standing {
  const stays = new Set<Stay>();
  let wake = new AbortController();
  let running = false;

  return {
    watch(caller, until) {
      if (caller.credential === undefined || until.aborted) return until;
      const stay: Stay = { caller, credential: caller.credential, over: new AbortController(), expiresMs: Infinity, isDue: true };
      stays.add(stay);
      until.addEventListener('abort', () => end(stay, until.reason), { once: true });
      if (running) wake.abort();
      else void run();
      return stay.over.signal;
    },
    check() {
      for (const stay of stays) stay.isDue = true;
      wake.abort();
    },
    close() {
      stays.clear();
      wake.abort();
    },
  };

  async function run(): Promise<void> {
    running = true;
    while (stays.size > 0) {
      wake = new AbortController();
      const { signal } = wake;
      const looked = await look([...stays].filter(({ isDue }) => isDue));
      if (stays.size === 0) break;
      await clock.sleep(pauseMs(looked), signal);
      if (!signal.aborted) for (const stay of stays) stay.isDue = true;
    }
    running = false;
  }

  /** False where the database does not answer: whoever stays, stays until it does. */
  async function look(due: readonly Stay[]): Promise<boolean> {
    for (const stay of due) stay.isDue = false;
    const known = await lookUp([...new Set(due.map(({ credential }) => credential))]).catch(() => undefined);
    for (const stay of due) {
      const found = known?.get(stay.credential);
      // What changed meanwhile may not be in the answer: then it is due already.
      if (!known) stay.isDue = true;
      stay.expiresMs = found?.expiresMs ?? stay.expiresMs;
      const why = stay.expiresMs <= clock.now() ? expired() : known && reasonToGo(stay.caller, found?.caller);
      if (why) end(stay, why);
    }
    return known !== undefined;
  }

  function pauseMs(looked: boolean): number {
    let next = clock.now() + (looked ? lookMs : retryMs);
    for (const { expiresMs } of stays) next = Math.min(next, expiresMs);
    return Math.max(0, next - clock.now());
  }

  function end(stay: Stay, reason: unknown): void {
    if (!stays.delete(stay)) return;
    stay.over.abort(reason);
    if (stays.size === 0) wake.abort();
  }
}

function expired(): NebError {
  return new NebError('unauthenticated', 'the key or login that this was opened with has expired', { hint });
}

/** Why one who came as `before` may not stay as what it is `now`; `undefined` where it may. */
function reasonToGo(before: Caller, now: Caller | undefined): NebError | undefined {
  if (!now) return new NebError('unauthenticated', 'the key or login that this was opened with is good no more', { hint });
  return hasLost(before, now) ? new NebError('unavailable', 'you may do less than when this was opened', { hint: 'Connect again to go on with what you may do.' }) : undefined;
}

const hint = 'Log in again, or use another key.';

/** Another role counts as less: which of two gives more depends on what it is used for. */
function hasLost(before: Caller, now: Caller): boolean {
  return (before.admin && !now.admin) || Object.entries(before.roles).some(([owner, role]) => now.roles[owner] !== role);
}
