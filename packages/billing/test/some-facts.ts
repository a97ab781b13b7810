import type { UsageFact } from '@neb/core-types';

export const hour = (n: number): string => new Date(Date.UTC(2026, 10, 1, n)).toISOString();

/** The fact number `n`: half an hour of a run, in the hour `n`. */
export function fact(n: number, more: Partial<UsageFact> = {}): UsageFact {
  return {
    id: `fact-${n}`, kind: 'runtime', from: hour(n), to: new Date(Date.parse(hour(n)) + 1_800_000).toISOString(), owner: 'acme', namespace: 'shop',
    object: { kind: 'Container', id: 'c1', name: 'web' }, labels: { team: 'search' }, platform: 'docker', region: 'local',
    metric: 'runtime', quantity: '1800', unit: 'second', rate: { price: '0.37', unit: 'hour' }, currency: 'USD', amount: '0.185', cost: '0', ...more,
  };
}

/** What the platform asks for the same. */
export const platformFact = (n: number, more: Partial<UsageFact> = {}): UsageFact =>
  fact(n, { id: `platform-${n}`, kind: 'platform', metric: 'platform', rate: { price: '0.3', unit: 'hour' }, amount: '0', cost: '0.15', ...more });
