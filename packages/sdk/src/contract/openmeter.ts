import type { Caller } from '@neb/core-types';
import { z } from 'zod';

const refused = z.object({ position: z.number().describe('In the ledger.'), id: z.string(), reason: z.string() });

export const openmeterStatus = z.object({
  configured: z.boolean().describe('Whether this server delivers to an OpenMeter.'),
  url: z.string().optional(),
  position: z.number().describe('Of the last fact that is done with, in the ledger.'),
  behind: z.number().describe('Facts after that one, among them those of platforms, which are passed over.'),
  moved_at: z.string().optional().describe('When the position last moved.'),
  trouble: z.object({ message: z.string(), at: z.string() }).optional().describe('What is in the way at present.'),
  undelivered: z.number().describe('How many facts OpenMeter refuses.'),
  refused: z.array(refused).readonly().describe('The first hundred of them.'),
});
/** How usage is delivered to OpenMeter, whichever server does it. */
export type OpenmeterStatus = z.infer<typeof openmeterStatus>;

export const openmeterSync = z.object({
  meters: z.array(z.object({
    slug: z.string(),
    event_type: z.string(),
    outcome: z.enum(['created', 'unchanged', 'different']).describe('different: it is there and counts something else; it stays as it is.'),
    differences: z.array(z.object({ field: z.string(), wanted: z.string(), is: z.string() })).readonly(),
  })).readonly(),
  subjects: z.number().describe('How many owners OpenMeter knows now.'),
  delivered: z.number().describe('How many facts it has taken now that it refused before.'),
  undelivered: z.number().describe('How many it refuses still.'),
});
/** What OpenMeter counts now. */
export type OpenmeterSync = z.infer<typeof openmeterSync>;

export const openmeterRetry = z.object({ delivered: z.number().describe('How many facts it has taken now that it refused before.'), undelivered: z.number().describe('How many it refuses still.') });
/** What became of facts that were refused. */
export type OpenmeterRetry = z.infer<typeof openmeterRetry>;

/** Usage at OpenMeter, for administrators. */
export interface Openmeter {
  status(who: Caller): Promise<OpenmeterStatus>;
  /** Makes meters and subjects that are not there; repeating it changes nothing. Throws `unsupported` where no OpenMeter is configured. */
  sync(who: Caller): Promise<OpenmeterSync>;
  /** Sends again what was refused and put aside. Throws `unsupported` where no OpenMeter is configured. */
  retry(who: Caller): Promise<OpenmeterRetry>;
}
