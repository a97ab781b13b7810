import type { Clock } from '@neb/core-types';

/** Any number of calls at their times, over one timer. */
export interface Alarms {
  /** Calls once that time has come, unless the function it returns was called. */
  at(ms: number, call: () => void): () => void;
  /** Calls nothing more. */
  stop(): void;
}

interface Alarm { readonly ms: number; readonly call: () => void }

export function alarms(clock: Clock): Alarms {
  const set = new Set<Alarm>();
  let next: { readonly ms: number; readonly timer: AbortController } | undefined;

  function wind(ms: number): void {
    // A reason of its own spares the making of one.
    next?.timer.abort('earlier');
    const mine = { ms, timer: new AbortController() };
    next = mine;
    void clock.sleep(Math.max(1, ms - clock.now()), mine.timer.signal).then(() => {
      if (next !== mine) return;
      next = undefined;
      ring();
    });
  }

  function ring(): void {
    const now = clock.now();
    const due = [...set].filter(({ ms }) => ms <= now);
    for (const alarm of due) set.delete(alarm);
    for (const { call } of due) call();
    if (set.size === 0) return;
    const soonest = [...set].reduce((least, { ms }) => Math.min(least, ms), Infinity);
    if (!next || soonest < next.ms) wind(soonest);
  }

  return {
    at(ms, call) {
      const alarm = { ms, call };
      set.add(alarm);
      if (!next || ms < next.ms) wind(ms);
      return () => void set.delete(alarm);
    },
    stop() {
      set.clear();
      next?.timer.abort('over');
      next = undefined;
    },
  };
}
