import { z } from 'zod';

/** Something that happened to an object, for people. Repeats of one (object, reason, message) are folded into `count`. */
export const event = z.object({
  id: z.string(),
  type: z.enum(['normal', 'warning']),
  reason: z.string().describe('One CamelCase word, such as Pulling or ImageNotFound.'),
  message: z.string(),
  object: z.object({ kind: z.string(), namespace: z.string(), name: z.string(), id: z.string() }),
  count: z.number().int(),
  first_at: z.string(),
  last_at: z.string(),
});
export type Event = z.infer<typeof event>;
