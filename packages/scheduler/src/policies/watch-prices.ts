import { type ContainerSpec, durationMs, formatDuration, fractionOf, timestamp } from '@neb/core-types';
import type { Move } from '../container/launch.ts';
import { moveTarget } from '../container/move/target.ts';
import { type Scene, write } from '../container/scene.ts';
import { patched } from '../container/verdict.ts';
import { timeLeft } from '../container/decide.ts';
import { tell } from '../tell.ts';
import { expectedMove } from './move-time.ts';
import type { Settled } from './watch-idle.ts';
import { expectedMs, isCheaper, type MovePolicy, worthMoving } from './worth-moving.ts';

/** Looks whether another place is cheaper for a container that is to be moved then, and asks for the move. Since when one is cheaper is remembered here only. */
export function priceWatch(stage: Scene): (settled: Settled, signal: AbortSignal) => Promise<Move> {
  const looks = new Map<string, { readonly at: number; readonly cheaperSince: number | undefined }>();
  const { clock } = stage.world;

  return async ({ container, provider, seen }, signal) => {
    const { id, spec, status } = container;
    const { attempt } = status;
    if (!spec.migrate || !attempt?.started_at || !status.ready || status.asked || status.move || seen.state !== 'running') {
      looks.delete(id);
      return { restMs: undefined };
    }
    const policy = policyOf(spec.migrate);
    const lookMs = Math.min(longestLookMs, Math.max(shortestLookMs, policy.holdMs / 2));
    const now = clock.now();
    const before = looks.get(id);
    const sinceMs = before === undefined ? Infinity : Math.abs(now - before.at);
    if (sinceMs < lookMs) return { restMs: lookMs - sinceMs };
    const target = await moveTarget(stage, { container, to: { cheapest: true } }, signal);
    const [herePerHour, therePerHour] = [Number(attempt.price_per_hour), target.do === 'go' ? Number(target.choice.offer.pricePerHour) : undefined];
    const isLess = therePerHour !== undefined && isCheaper({ herePerHour, therePerHour, policy });
    const cheaperSince = isLess ? (before?.cheaperSince ?? now) : undefined;
    looks.set(id, { at: now, cheaperSince });
    if (!isLess) return { restMs: lookMs };
    const verdict = worthMoving({
      now, herePerHour, therePerHour, cheaperSince, policy, movedAt: Date.parse(attempt.intended_at),
      remainingMs: expectedMs({ ranMs: now - Date.parse(status.started_at ?? attempt.started_at), timeoutLeftMs: timeLeft(container, now) }),
      time: await expectedMove({ container, provider, ref: seen.ref }, signal),
    });
    if (!verdict.move) return { restMs: Math.min(lookMs, verdict.lookAgainMs ?? Infinity) };
    looks.delete(id);
    const { platform } = (target as Extract<typeof target, { do: 'go' }>).choice;
    const message = `${platform} costs $${therePerHour}/h where it pays $${herePerHour}/h: a move pays for itself in ${formatDuration(Math.ceil(verdict.breakEvenMs))}`;
    const next = patched(status, { asked: { do: 'move', at: timestamp(now), cheapest: true } });
    return { container: await write(stage, { container, verdict: { status: next, events: [tell(container, 'normal', ['Cheaper', message])] } }, signal) };
  };
}

const [shortestLookMs, longestLookMs] = [15_000, 300_000];

/** A policy with every default filled in. */
function policyOf({ when_cheaper_by: cheaperBy, hold = '10m', most_per_hour: mostAnHour = 1 }: NonNullable<ContainerSpec['migrate']>): MovePolicy {
  return { cheaperBy: fractionOf(cheaperBy), holdMs: durationMs(hold), mostAnHour };
}
