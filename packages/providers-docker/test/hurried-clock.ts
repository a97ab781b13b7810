import { type Clock, systemClock } from '@neb/core-types';

/** Real time, so many times as fast: for what waits seconds while a real neighbour does something. */
export function hurriedClock(times: number): Clock {
  return {
    now: () => systemClock.now() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
