import type { Resource } from '../store.ts';
import { readySince } from './stage.ts';

/** Of a container nothing is known of yet. */
const guessMs = 5_000;

/** How long one takes from being asked for to being ready: the median of those that run in their first attempt, else what was known. In milliseconds. */
export function learntStartMs(containers: readonly Resource<'Container'>[], known: number | undefined): number {
  const times = containers.flatMap((container) => {
    const since = readySince(container);
    return container.status.restart_count === 0 && since !== undefined ? [Math.max(0, since - Date.parse(container.createdAt))] : [];
  }).toSorted((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? known ?? guessMs;
}
