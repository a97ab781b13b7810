import type { Clock } from '@neb/core-types';

/** A clock that is set, forwards and backwards, while time goes on as it does. */
export interface ServerClock extends Clock {
  set(byMs: number): void;
}

export function serverClock(world: Clock): ServerClock {
  let aheadMs = 0;
  return { now: () => world.now() + aheadMs, sleep: (ms, signal) => world.sleep(ms, signal), set: (byMs) => { aheadMs += byMs; } };
}
