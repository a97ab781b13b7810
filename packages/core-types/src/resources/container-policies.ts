import { z } from 'zod';
import { durationMs } from '../duration-text.ts';
import { duration } from '../duration.ts';
import { choice } from './choice.ts';

/** A part of a price, as in `30%`; kept as text. */
const percent = z.string().trim().regex(/^\d+(\.\d+)?%$/, { error: 'must be a percentage such as 30%' }).refine((text) => fractionOf(text) > 0 && fractionOf(text) < 1, { error: 'must be between 0% and 100%' });

/** `30%` as 0.3. */
export function fractionOf(text: string): number {
  return Number.parseFloat(text) / 100;
}

export const idleDeeds = ['warn', 'suspend', 'delete'] as const;
export type IdleDeed = (typeof idleDeeds)[number];

const idleStep = z.strictObject({
  after: duration.describe('How long it must have done nothing.'),
  do: choice(idleDeeds).describe('warn: an event. suspend: put aside until `neb resume`. delete: removed.'),
});

/** What becomes of a container that does nothing, in rising order of time. */
export const idle = z
  .array(idleStep)
  .min(1)
  .refine((steps) => steps.every(({ after }, n) => n === 0 || durationMs(after) > durationMs(steps[n - 1]!.after)), { error: 'each step must come after the one before it', when: ({ issues }) => issues.length === 0 });

/** What becomes of a container whose platform gives notice that it takes its instance away. */
export const onInterruption = choice(['migrate', 'suspend']);

/** When a container is moved to a cheaper place. */
export const moves = z.strictObject({
  when_cheaper_by: percent.describe('How much cheaper another place must be, of the price where it runs.'),
  hold: duration.optional().describe('For how long without a break; 10m if absent.'),
  most_per_hour: z.int().min(1).max(12).optional().describe('Most moves within any hour; 1 if absent.'),
});
