import type { Meter, SeenRun } from '@neb/core-types';

export const start = Date.UTC(2026, 10, 1, 8, 20);
export const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();
export const hourly: Meter = { cost: '0.37', unit: 'hour', currency: 'USD', metric: 'runtime' };

/** A run that was decided on 5 minutes before it was seen running. */
export function run(more: Partial<SeenRun> = {}): SeenRun {
  return {
    key: 'c1-1', attempt: 1, version: 1, changedAt: at(0), owner: 'acme', namespace: 'shop', object: { kind: 'Container', id: 'c1', name: 'web' }, labels: { team: 'search' },
    platform: 'aws', region: 'eu', accelerator: '1:L4', pricePerHour: '0.3', bought: true, intendedAt: at(-5), startedAt: at(0), paused: false, meters: [hourly], ...more,
  };
}
