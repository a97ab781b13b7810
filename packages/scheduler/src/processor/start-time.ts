import type { Crew } from './crew.ts';

/** Of a worker nothing is known of yet. */
const guessMs = 5_000;

/** How long a worker takes from being asked for to being ready: the median of those that run in their first attempt, else what was known. */
export function learntStartMs({ workers }: Crew, known: number | undefined): number {
  const times = workers.flatMap(({ container: { status, createdAt } }) => {
    const { attempt, restart_count } = status;
    const since = status.conditions.find(({ type, status: holds }) => type === 'Ready' && holds === 'true')?.since ?? attempt?.started_at;
    return status.ready && restart_count === 0 && since !== undefined ? [Math.max(0, Date.parse(since) - Date.parse(createdAt))] : [];
  }).toSorted((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? known ?? guessMs;
}
