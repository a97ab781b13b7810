import { formatDuration } from '@neb/core-types';

/** How long ago an instant of the wire was: `3m12s`; empty where there is none. */
export function age(at: string | undefined, now: number): string {
  return at === undefined ? '' : formatDuration(Math.max(0, now - Date.parse(at)));
}

/** How long something took: tenths of a second while they matter. */
export function elapsed(ms: number): string {
  return ms < 10_000 ? `${(Math.max(0, ms) / 1_000).toFixed(1)}s` : formatDuration(ms);
}
