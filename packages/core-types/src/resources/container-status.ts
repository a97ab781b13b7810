import { z } from 'zod';
import { condition } from './condition.ts';

/** One word of status for people, derived from the facts beside it; the original's words, and two for deletion. */
export const containerWords = ['pending', 'queued', 'creating', 'running', 'restarting', 'paused', 'completed', 'failed', 'stopped', 'deleting', 'deleted'] as const;
export type ContainerWord = (typeof containerWords)[number];

/** Words that no container leaves of itself. */
export const endedWords: readonly ContainerWord[] = ['completed', 'failed', 'stopped', 'deleted'];

/** One try to run a container on one platform: its intent is stored before the platform is called. */
export const attempt = z.object({
  number: z.int().min(1),
  key: z.string().describe('Idempotency key of the instance: <container id>-<number>.'),
  platform: z.string(),
  region: z.string(),
  offer: z.string(),
  accelerator: z.string().optional().describe('As in "2:A100_SXM".'),
  spot: z.boolean().optional(),
  price_per_hour: z.string().describe('US dollars as a decimal string.'),
  fingerprint: z.string().optional().describe('Of what the specification asked of the platform: another one needs a new instance.'),
  secrets: z.array(z.string()).optional().describe('Names of the secrets whose values it was given.'),
  intended_at: z.string().describe('When it was decided, before the platform was called.'),
  asked_at: z.string().optional().describe('When the platform was asked again, where its first answer was lost.'),
  ref: z.string().optional().describe('The platform\'s handle, once it answered.'),
  started_at: z.string().optional().describe('When it was seen running.'),
  ended_at: z.string().optional().describe('When its end was observed.'),
  billed_from: z.string().optional().describe('From when the platform asks for its instance, as the platform tells it; absent where it does not.'),
  billed_until: z.string().optional().describe('Until when it asks: what ended can cost on until it is seen to be gone.'),
  cost: z.string().optional().describe('What it cost until its end, in US dollars: its price an hour for the time from its intent; absent where nothing was bought.'),
  exit_code: z.int().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type Attempt = z.infer<typeof attempt>;

/** What the server says of a container. */
export const containerStatus = z.object({
  status: z.enum(containerWords),
  message: z.string().optional().describe('Why, in a sentence.'),
  reason: z.string().optional().describe('Why, in one CamelCase word.'),
  ready: z.boolean().describe('Running, and healthy where there is a health check.'),
  progress: z
    .object({ phase: z.enum(['placing', 'provisioning', 'pulling', 'starting']), done_bytes: z.number().optional(), total_bytes: z.number().optional() })
    .optional()
    .describe('What is going on while it is creating.'),
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
  started_at: z.string().optional().describe('Of the run under way or the last one.'),
  finished_at: z.string().optional(),
  next_attempt_at: z.string().optional().describe('When it is tried again after a failure.'),
  health: z.object({ healthy: z.boolean(), failures: z.int(), checked_at: z.string(), message: z.string().optional() }).optional(),
  conditions: z.array(condition),
});
export type ContainerStatus = z.infer<typeof containerStatus>;
