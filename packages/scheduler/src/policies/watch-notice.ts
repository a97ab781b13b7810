import { type Asked, type ContainerSpec, formatDuration, type Instance, timestamp } from '@neb/core-types';
import type { Move } from '../container/launch.ts';
import { type Destination, moveTarget } from '../container/move/target.ts';
import { type Scene, write } from '../container/scene.ts';
import { patched, patchedAttempt } from '../container/verdict.ts';
import { suspendAsked } from '../snapshot/suspend-asked.ts';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { type Answer, answerNotice } from './answer-notice.ts';
import { expectedMove } from './move-time.ts';
import type { Settled } from './watch-idle.ts';

interface Plan {
  readonly answer: Answer;
  readonly asked?: Asked | undefined;
  /** Where it goes on. */
  readonly to?: string | undefined;
}

/**
 * Has a container moved or put aside before its platform takes its instance away, where that gives notice and its manifest
 * says so. Each notice is answered once, with an event that says what is done, or why nothing is.
 */
export function noticeWatch(stage: Scene): (settled: Settled, signal: AbortSignal) => Promise<Move> {
  const { clock } = stage.world;

  return async ({ container, provider, seen }, signal) => {
    const { spec: { on_interruption: wish }, status } = container;
    const { attempt } = status;
    if (!isNews(container, seen) || !attempt || status.asked || status.move) return { restMs: undefined };
    const leftMs = Date.parse(seen.endsAt!) - (provider.time?.() ?? clock.now());
    const { answer, asked, to } = wish ? await plan(wish) : { answer: undefined };
    const taken = `${provider.name} takes its instance away in ${formatDuration(Math.max(0, leftMs))}`;
    const next = patched(status, { attempt: patchedAttempt(attempt, { ends_at: seen.endsAt }), ...(asked && { asked }) });
    return { container: await write(stage, { container, verdict: { status: next, events: [tell(container, 'warning', ['Interrupted', `${taken}; ${outlook(container, answer, to)}`])] } }, signal) };

    async function plan(wanted: NonNullable<ContainerSpec['on_interruption']>): Promise<Plan> {
      const { carryMs: neededMs } = await expectedMove({ container, provider, ref: seen.ref }, signal);
      const facts = { wish: wanted, leftMs, neededMs };
      if (wanted === 'suspend') {
        const put = suspendAsked(container, clock.now());
        const refusal = provider.suspend ? await provider.suspend.refusal(seen.ref, { key: put.key, fleet: await stage.fleet(), then: 'suspend', for: 'itself' }, { signal }) : `${provider.name} puts nothing aside`;
        const answer = answerNotice({ ...facts, refusal });
        return { answer, ...(answer.do === 'suspend' && { asked: put }) };
      }
      // A place that its author named is kept to.
      const to: Destination = { interrupted: true, ...(container.spec.platform !== undefined && { platform: container.spec.platform }) };
      const target = await moveTarget(stage, { container, to }, signal);
      const answer = answerNotice({ ...facts, refusal: target.do === 'stay' ? target.why : undefined });
      if (answer.do !== 'migrate' || target.do === 'stay') return { answer };
      return { answer, asked: { do: 'move', at: timestamp(clock.now()), ...to }, to: target.choice.platform };
    }
  };
}

/** Whether the platform has given a notice that is not answered yet. */
export function isNews({ status: { attempt } }: Resource<'Container'>, { state, endsAt }: Pick<Instance, 'state' | 'endsAt'>): boolean {
  return endsAt !== undefined && state === 'running' && attempt?.ends_at !== endsAt;
}

function outlook({ spec: { restart } }: Resource<'Container'>, answer: Answer | undefined, to: string | undefined): string {
  switch (answer?.do) {
    case 'migrate': return `it is moved to ${to}, as its manifest says`;
    case 'suspend': return 'it is suspended, as its manifest says';
    default: {
      const end = restart === 'Never' ? 'it fails with it, as its restart policy Never says' : `it is started anew then, as its restart policy ${restart} says`;
      return answer === undefined ? end : `${answer.why}; ${end}`;
    }
  }
}
