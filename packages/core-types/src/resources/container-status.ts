import { z } from 'zod';
import { attempt } from './attempt.ts';
import { condition } from './condition.ts';
import { asked, move, suspended } from './container-aside.ts';
import { asideProgress } from './snapshot.ts';

/** One word of status for people, derived from the facts beside it; the original's words, and two for deletion. */
export const containerWords = ['pending', 'queued', 'creating', 'running', 'restarting', 'paused', 'completed', 'failed', 'stopped', 'deleting', 'deleted'] as const;
export type ContainerWord = (typeof containerWords)[number];

/** Words that no container leaves of itself. */
export const endedWords: readonly ContainerWord[] = ['completed', 'failed', 'stopped', 'deleted'];

/** What the server says of a container. */
export const containerStatus = z.object({
  status: z.enum(containerWords),
  message: z.string().optional().describe('Why, in a sentence.'),
  reason: z.string().optional().describe('Why, in one CamelCase word.'),
  ready: z.boolean().describe('Running, and healthy where there is a health check.'),
  progress: z
    .object({ phase: z.enum(['placing', 'provisioning', 'pulling', 'starting', 'saving', 'shipping', 'restoring', 'verifying', 'leaving', 'returning']), ...asideProgress })
    .optional()
    .describe('What is going on while it is creating, suspended, resumed or moved.'),
  platform: z.string().optional(),
  region: z.string().optional(),
  accelerator: z.string().optional(),
  cost_per_hr: z.string().optional().describe('US dollars as a decimal string.'),
  hostname: z.string().optional().describe('Its name within the namespace\'s network: container-<id>.'),
  address: z.string().optional(),
  public_ports: z.array(z.object({ port: z.int(), protocol: z.string(), public_ip: z.string(), public_port: z.int() })).optional(),
  tailnet_url: z.string().optional(),
  attempt: attempt.optional().describe('The try under way, or the last one.'),
  attempts: z.int().describe('How many tries there have been.'),
  restart_count: z.int(),
  restart_streak: z.int().optional().describe('Restarts in a row after short runs: what the wait before the next one grows with.'),
  launch_failures: z.int().describe('Tries in a row that never ran.'),
  tried_since: z.string().optional().describe('Since when it is without a run while one is tried for.'),
  wasted: z
    .object({ launches: z.string(), runs: z.string(), price_per_hour: z.string().describe('The highest price among them.') })
    .optional()
    .describe('What tries that came to nothing cost so far, in US dollars: launches that never ran with runs shorter than 10 minutes, and longer runs that failed or were lost and are done again.'),
  refused_by: z
    .array(z.object({ platform: z.string(), message: z.string(), at: z.string() }))
    .optional()
    .describe('Platforms that would not run it as it is specified; others are tried instead.'),
  exit_code: z.int().optional().describe('Of the last run that ended.'),
  ending: z.object({ reason: z.string(), message: z.string(), at: z.string() }).optional().describe('Why its instance is to be taken away, where somebody else decided so: a budget.'),
  reserved: z.record(z.string(), z.string()).optional().describe('What it may take of budgets an hour, by what they count: cost/USD, price/EUR.'),
  started_at: z.string().optional().describe('Of the run under way or the last one.'),
  ran: z.object({ ms: z.number(), since: z.string().optional() }).optional().describe('The clock of a run that was suspended or moved, by which its timeout goes: how long it ran before, and since when it does again.'),
  finished_at: z.string().optional(),
  next_attempt_at: z.string().optional().describe('When it is tried again after a failure.'),
  health: z.object({ healthy: z.boolean(), failures: z.int(), checked_at: z.string(), message: z.string().optional() }).optional(),
  asked: asked.optional().describe('What was asked for with suspend, resume or migrate, until it is done.'),
  suspended: suspended.optional().describe('What it goes on from, while it is suspended.'),
  idle: z.object({ since: z.string(), steps: z.int().describe('How many steps of its ladder were taken.') }).optional().describe('Since when it does nothing, where that matters.'),
  last_move: z.object({ at: z.string(), took_ms: z.number(), down_ms: z.number().describe('Of that, how long it stood still.'), carry_ms: z.number().optional().describe('Of that, how long the old instance was needed: until its snapshot was at the new place.'), size_bytes: z.number().optional().describe('Of the snapshot.') }).optional(),
  move: move.optional().describe('Its way to another place.'),
  conditions: z.array(condition),
});
export type ContainerStatus = z.infer<typeof containerStatus>;
