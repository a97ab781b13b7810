import { z } from 'zod';
import { parseDuration } from './duration-text.ts';

/** A duration such as `10s` or `1h30m`; a bare number is seconds. Kept as text, so that a manifest reads back as written. */
export const duration = z
  .union([z.string(), z.number().nonnegative()])
  .transform((value) => (typeof value === 'number' ? `${value}s` : value.trim()))
  .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as 30s, 5m, 1h30m or 100ms' })
  .pipe(z.string())
  .meta({ title: 'duration' });
