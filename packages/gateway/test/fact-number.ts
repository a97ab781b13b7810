import type { RouteFact } from '@neb/core-types';

/** A fact of a test, told apart by its number. */
export function factNumber(number: number): RouteFact {
  return { key: `r${number}/0`, at: '2026-01-01T00:00:00.000Z', route: 'svc', kind: 'Service', namespace: 'ml', owner: 'acme', caller: 'ann@acme.com', meter: 0, unit: 'token', value: String(number) };
}
