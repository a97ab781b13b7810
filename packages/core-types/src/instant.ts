import { z } from 'zod';

/** A time as RFC 3339 writes it, and as every database takes it: of the years 1 to 9999, less than 16 hours from UTC. */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-24T08:00:00Z' })
  .refine((text) => !/^0000|[+-](1[6-9]|2\d):\d\d$/.test(text), { error: 'must be a time of the years 1 to 9999, less than 16 hours from UTC' });
