import { z } from 'zod';

/** One thing that holds of an object or does not, and since when. */
export const condition = z.object({
  type: z.string(),
  status: z.enum(['true', 'false', 'unknown']),
  reason: z.string().describe('One CamelCase word for programs; `message` is for people.'),
  message: z.string(),
  generation: z.number().int().describe('The generation this was judged against: older than the object\'s own means not yet judged.'),
  since: z.string().describe('When `status` last flipped, not when it was last written.'),
});
export type Condition = z.infer<typeof condition>;

/** The list with `next` in it; `since` carries over unless the status flips. Same list back if nothing changed. */
export function withCondition(conditions: readonly Condition[], next: Omit<Condition, 'since'>, now: string): readonly Condition[] {
  const old = conditions.find((c) => c.type === next.type);
  const since = old?.status === next.status ? old.since : now;
  if (old && old.reason === next.reason && old.message === next.message && old.generation === next.generation && since === old.since) return conditions;
  const changed = { ...next, since };
  return old ? conditions.map((c) => (c === old ? changed : c)) : [...conditions, changed];
}
