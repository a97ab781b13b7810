import { type Backoff, doubling, jittered, type Random, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';

export interface Ends {
  /** Those that ended by themselves, seen now. */
  readonly ended: readonly Resource<'Container'>[];
  /** Whether it did its work meanwhile: who works does not crash in a loop, however often it is killed. */
  readonly isSteady: boolean;
  readonly before: { readonly failures?: number | undefined; readonly retry_at?: string | undefined };
  readonly restart: Backoff;
  readonly now: number;
  readonly random: Random;
}

/** What one end costs is worth less than what the next one would do. */
const firstRestartMs = 1_000;

/** How many in a row ended by themselves, and when the next may be started. Pure but for chance. */
export function afterEnds({ ended, isSteady, before, restart, now, random }: Ends): { readonly failures: number | undefined; readonly retry_at: string | undefined } {
  if (ended.length === 0) return { failures: isSteady ? undefined : before.failures, retry_at: isAhead(before.retry_at, now) ? before.retry_at : undefined };
  const failures = isSteady ? 1 : (before.failures ?? 0) + 1;
  return { failures, retry_at: timestamp(now + jittered(doubling(failures - 1, { ...restart, firstMs: firstRestartMs }), random)) };
}

/** How a container ended, in its own words. */
export function howEnded({ status: { exit_code: code, message } }: Pick<Resource<'Container'>, 'status'>): string {
  return message ?? (code === undefined ? 'it ended' : `it ended with exit code ${code}`);
}

function isAhead(at: string | undefined, now: number): boolean {
  return at !== undefined && Date.parse(at) > now;
}
