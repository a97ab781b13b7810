import { formatDuration } from '@neb/core-types';
import type { Choice } from '../bounds.ts';
import type { LatencyState } from './watch-traffic.ts';

/** A decision, and what is to be remembered of it. */
export interface Step extends Choice {
  readonly note?: Partial<LatencyState>;
}

/** More than any latency: requests wait, and none is answered. */
export const noAnswerMs = 86_400_000;

/** A latency as people read it. Pure. */
export function inMs(latencyMs: number): string {
  return latencyMs >= noAnswerMs ? 'without an answer' : formatDuration(latencyMs);
}
