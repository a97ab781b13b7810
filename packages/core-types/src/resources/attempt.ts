import { z } from 'zod';

/** What a try cost until a moment of its life, since the one before it. */
const term = z.object({ until: z.string(), price_per_hour: z.string(), paused: z.boolean().optional() });
export type AttemptTerm = z.infer<typeof term>;

/** One try to run a container on one platform: its intent is stored before the platform is called. */
export const attempt = z.object({
  number: z.int().min(1),
  key: z.string().describe('Idempotency key of the instance: <container id>-<number>.'),
  platform: z.string(),
  region: z.string(),
  offer: z.string(),
  accelerator: z.string().optional().describe('As in "2:A100_SXM".'),
  spot: z.boolean().optional(),
  price_per_hour: z.string().describe('US dollars as a decimal string, as it is now.'),
  paused: z.boolean().optional().describe('It is suspended, and its owner is asked nothing for its time.'),
  terms: z.array(term).optional().describe('What it cost before, the oldest first: what it comes to can be told from it, however late.'),
  fingerprint: z.string().optional().describe('Of what the specification asked of the platform: another one needs a new instance.'),
  secrets: z.array(z.string()).optional().describe('Names of the secrets whose values it was given.'),
  intended_at: z.string().describe('When it was decided, before the platform was called.'),
  asked_at: z.string().optional().describe('When the platform was asked again, where its first answer was lost.'),
  ref: z.string().optional().describe('The platform\'s handle, once it answered.'),
  started_at: z.string().optional().describe('When it was seen running.'),
  ended_at: z.string().optional().describe('When its end was observed.'),
  ends_at: z.string().optional().describe('When its platform takes its instance away, where that gave notice: it has been answered.'),
  billed_from: z.string().optional().describe('From when the platform asks for its instance, as the platform tells it; absent where it does not.'),
  billed_until: z.string().optional().describe('Until when it asks: what ended can cost on until it is seen to be gone.'),
  cost: z.string().optional().describe('What it cost until its end, in US dollars: its price an hour for the time from its intent; absent where nothing was bought.'),
  exit_code: z.int().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  snapshot: z
    .object({ id: z.string(), platform: z.string().optional(), ref: z.string().optional() })
    .optional()
    .describe('The snapshot that it goes on from, where it is, and that platform\'s handle of it.'),
});
export type Attempt = z.infer<typeof attempt>;
