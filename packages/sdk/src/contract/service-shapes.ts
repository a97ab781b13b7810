import { event, instant, name, type Service, service, serviceStatus } from '@neb/core-types';
import { z } from 'zod';
import { refInput } from './inputs.ts';
import { known, type Show } from './outputs.ts';
import type { DoorKeyView, NewDoorKeyView, RolloutView, ServiceExplanation } from './service-verbs.ts';

export const serviceCount = z.int().min(0).max(10_000).describe('How many replicas to keep, until the manifest is applied again.');
export const revisionNumber = z.int().min(1).describe('Go back to this revision; to the last good one before the present one if absent.');

export const serviceScaleInput = z.strictObject({ ref: refInput, replicas: serviceCount.optional() });
export const undoInput = z.strictObject({ ref: refInput, revision: revisionNumber.optional() });

export const doorKeyBody = z.strictObject({
  name: name.max(64, { error: 'must have at most 64 characters' }).describe('Unique among the service\'s.'),
  expires_at: instant.optional().describe('Never if absent.'),
});
export const doorKeyInput = doorKeyBody.extend({ ref: refInput });
export const doorKeyRef = z.strictObject({ ref: refInput, id: z.string().min(1).max(254) });

// What gets out: no field that is not here.

/** What the autoscaler remembers is its own, and so are hashes of keys. */
const shownStatus = serviceStatus.omit({ scaling: true, keys: true });
/** A service as it is shown. */
export const shownService = service.extend({ status: shownStatus });
/** By its known fields only, as a container. */
export const showService: Show<Service> = known<Service>('Service', { top: Object.keys(service.shape), status: Object.keys(shownStatus.shape) });

export const rolloutView = z.object({
  namespace: z.string(),
  name: z.string(),
  state: z.enum(['pending', 'idle', 'rolling', 'good', 'failed']).describe('`pending`: asked for, and not begun. `idle`: no replica is wanted, and the next one will be of it. `failed`: given up, and `message` says why.'),
  asked: z.int().optional().describe('What was asked for last; absent before the first.'),
  revision: z.int().describe('The revision that replicas are to be of: another than `asked` where that was given up.'),
  message: z.string().optional(),
  replicas: serviceStatus.shape.replicas,
  history: serviceStatus.shape.history.describe('The latest revisions, the newest first.'),
}) satisfies z.ZodType<RolloutView>;

const threshold = z.object({ holdMs: z.number() });
export const serviceExplanation = z.object({
  service: z.unknown().transform(showService),
  traffic: serviceStatus.shape.traffic,
  policy: z.object({
    min: z.number(), max: z.number(),
    up: threshold.extend({ aboveMs: z.number() }), down: threshold.extend({ belowMs: z.number() }), zero: threshold.optional(),
  }),
  replicas: z.array(z.object({
    name: z.string(), id: z.string(), status: z.string(), ready: z.boolean(), draining: z.boolean(), current: z.boolean().describe('Whether it is of the revision that replicas are to be of.'),
  })),
  decision: serviceStatus.shape.decision,
  rollout: rolloutView,
  events: z.array(event),
}) satisfies z.ZodType<ServiceExplanation>;

export const doorKey = z.object({
  id: z.string(), name: z.string(), created_at: z.string(), created_by: z.string(), expires_at: z.string().optional(),
}) satisfies z.ZodType<DoorKeyView>;
export const newDoorKey = z.object({ key: doorKey, token: z.string().describe('Shown here and never again.') }) satisfies z.ZodType<NewDoorKeyView>;
