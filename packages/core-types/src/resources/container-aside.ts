import { z } from 'zod';
import { attempt } from './attempt.ts';

/** What was asked for a container besides its specification, until it is done or cannot be. */
export const asked = z.discriminatedUnion('do', [
  z.object({ do: z.literal('suspend'), key: z.string().describe('Of the snapshot.'), at: z.string(), connections: z.enum(['close', 'keep']).optional() }),
  z.object({ do: z.literal('resume'), at: z.string() }),
  z.object({
    do: z.literal('move'), at: z.string(), connections: z.enum(['close', 'keep']).optional(),
    platform: z.string().optional(), region: z.string().optional(), cheapest: z.boolean().optional(),
    interrupted: z.boolean().optional().describe('Its instance is about to be taken away: another one of the same platform will do, too.'),
    reserved_here: z.record(z.string(), z.string()).optional().describe('What it may take of budgets an hour where it is.'),
  }),
]);
export type Asked = z.infer<typeof asked>;

/** What a suspended container goes on from. */
export const suspended = z.object({
  key: z.string().describe('Of the snapshot.'),
  ref: z.string().optional().describe('The platform\'s handle of the snapshot.'),
  at: z.string(),
  keeps: z.enum(['disk', 'memory']).optional(),
  size_bytes: z.number().optional(),
  price_per_hour: z.string().describe('What it costs while it runs.'),
});
export type Suspended = z.infer<typeof suspended>;

/**
 * In order: the source is saved and stops, its snapshot is carried, the target goes on from it and is looked at; then the
 * container is there, and the source is removed. `returning` is how it ends where the target does not go on.
 */
const movePhases = ['saving', 'shipping', 'restoring', 'verifying', 'leaving', 'returning'] as const;

/** A container on its way to another place: its attempt is the source until the target answered. */
export const move = z.object({
  key: z.string().describe('Of the snapshot.'),
  phase: z.enum(movePhases),
  since: z.string().describe('When the phase began.'),
  begun_at: z.string(),
  connections: z.enum(['close', 'keep']).optional(),
  to: attempt.describe('The target, not under way before the source is saved.'),
  snapshot: z.string().optional().describe('The source\'s handle of the snapshot.'),
  size_bytes: z.number().optional().describe('Of the snapshot.'),
  brought: z.string().optional().describe('The target\'s handle of it.'),
  leaving: z.object({ platform: z.string(), region: z.string(), key: z.string(), ref: z.string(), attempt: attempt.optional().describe('As it ended: it is kept once its instance is gone.') }).optional().describe('The source, once the container is elsewhere.'),
  reserves: z
    .object({ here: z.record(z.string(), z.string()).optional(), there: z.record(z.string(), z.string()).optional() })
    .optional()
    .describe('What it may take of budgets an hour where it was, and where it goes.'),
  why: z.string().optional().describe('Why it returns.'),
  took: z.record(z.string(), z.number()).describe('Milliseconds of the phases that are over.'),
});
export type Move = z.infer<typeof move>;
export type MovePhase = Move['phase'];
