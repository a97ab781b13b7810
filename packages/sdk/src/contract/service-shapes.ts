import { event, type Service, service, serviceStatus } from '@neb/core-types';
import { z } from 'zod';
import { refInput } from './inputs.ts';
import { known, type Show } from './outputs.ts';
import type { RolloutView, ServiceExplanation } from './service-verbs.ts';

export const serviceCount = z.int().min(0).max(10_000).describe('How many replicas to keep, until the manifest is applied again.');
export const revisionNumber = z.int().min(1).describe('Go back to this revision; to the last good one before the present one if absent.');

export const serviceScaleInput = z.strictObject({ ref: refInput, replicas: serviceCount.optional() });
export const undoInput = z.strictObject({ ref: refInput, revision: revisionNumber.optional() });

// What gets out: no field that is not here.

/** What the autoscaler remembers is its own. */
const shownStatus = serviceStatus.omit({ scaling: true });
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
