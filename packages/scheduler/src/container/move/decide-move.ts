import type { MovePhase } from '@neb/core-types';
import type { Resource } from '../../store.ts';
import type { Tuning } from '../../world.ts';
import { healthPlan } from '../health.ts';

/** One thing to do next for a container on its way. All of them can be repeated. */
export type MoveStep =
  | { readonly do: 'save' }
  /** Bring the snapshot there, where it is not, and go on from it. */
  | { readonly do: 'restore' }
  | { readonly do: 'verify' }
  /** Remove the source, since the container is elsewhere. */
  | { readonly do: 'leave' }
  /** Give it up: `why` it returns. */
  | { readonly do: 'turn back'; readonly why: string }
  /** Remove the target, then go on in place. */
  | { readonly do: 'return' }
  /** Remove whichever of the two the container is not, since all of it is to go. */
  | { readonly do: 'abandon' };

/** How long the target may take to answer. */
const verifyMs = 120_000;
/** An archive on its way may take its time; what does not come forward fails by itself. */
const shipMs = 6 * 3_600_000;

/** The next step of a move. Pure. */
export function decideMove({ deletedAt, spec, status: { move } }: Resource<'Container'>, { now, tuning }: { readonly now: number; readonly tuning: Pick<Tuning, 'launchBudgetMs'> }): MoveStep {
  const { phase, since, to } = move!;
  if (deletedAt !== undefined) return { do: 'abandon' };
  const plan = healthPlan(spec);
  const limits: Partial<Record<MovePhase, number>> = {
    saving: shipMs, shipping: shipMs, restoring: tuning.launchBudgetMs, verifying: verifyMs + (plan ? plan.startPeriodMs + plan.intervalMs * plan.retries : 0),
  };
  const limit = limits[phase];
  if (limit !== undefined && now - Date.parse(since) > limit) return { do: 'turn back', why: `${to.platform} did not come to "${phase === 'verifying' ? 'ready' : phase}" in time` };
  switch (phase) {
    case 'saving': return { do: 'save' };
    case 'shipping':
    case 'restoring': return { do: 'restore' };
    case 'verifying': return { do: 'verify' };
    case 'leaving': return { do: 'leave' };
    case 'returning': return { do: 'return' };
  }
}
