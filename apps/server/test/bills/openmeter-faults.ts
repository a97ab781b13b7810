import type { OpenmeterFault } from '@neb/billing/testing';
import type { Clock } from '@neb/core-types';

const hour = 3_600_000;

/** An OpenMeter that is away for an hour from a moment on, and has its moods at any other. */
export function openmeterFaults(clock: Clock, awayAtMs: number, roll: () => number): () => OpenmeterFault | undefined {
  return () => {
    const sinceMs = clock.now() - awayAtMs;
    if (sinceMs >= 0 && sinceMs < hour) return 'down';
    const drawn = roll();
    return drawn < 0.1 ? { status: 500 } : drawn < 0.16 ? { status: 503, retryAfter: '3' } : drawn < 0.24 ? { status: 429, retryAfter: '20' } : drawn < 0.4 ? 'lost' : drawn < 0.45 ? 'silent' : drawn < 0.5 ? 'down' : undefined;
  };
}
