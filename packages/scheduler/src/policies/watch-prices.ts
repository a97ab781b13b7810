import { formatDuration, timestamp } from '@neb/core-types';
import type { Move } from '../container/launch.ts';
import { type Scene, write } from '../container/scene.ts';
import { patched } from '../container/verdict.ts';
import { tell } from '../tell.ts';
import type { Settled } from './watch-idle.ts';
import { mayMove, policyOf, type PriceLooks, pricesOf, weigh } from './weigh-move.ts';
import type { MovePolicy } from './worth-moving.ts';

/** Looks whether another place is cheaper for a container that is to be moved then, and asks for the move. Since when one is cheaper is remembered in `priceLooks` of the world only. */
export function priceWatch(stage: Scene): (settled: Settled, signal: AbortSignal) => Promise<Move> {
  const { clock } = stage.world;
  const looks = stage.world.priceLooks ?? (new Map() as PriceLooks);

  return async (settled, signal) => {
    const { container, seen } = settled;
    const { id, status } = container;
    if (!mayMove(container, seen)) {
      looks.delete(id);
      return { restMs: undefined };
    }
    const now = clock.now();
    const before = looks.get(id);
    const sinceMs = before === undefined ? Infinity : Math.abs(now - before.at);
    const mostMs = lookMs(policyOf(container.spec.migrate!));
    if (sinceMs < mostMs) return { restMs: mostMs - sinceMs };
    const prices = await pricesOf(stage, { container }, signal);
    const cheaperSince = prices.isLess ? (before?.cheaperSince ?? now) : undefined;
    looks.set(id, { at: now, cheaperSince });
    if (!prices.isLess) return { restMs: mostMs };
    const { verdict } = await weigh(stage, { settled, prices, cheaperSince }, signal);
    if (!verdict.move) return { restMs: Math.min(mostMs, verdict.lookAgainMs ?? Infinity) };
    looks.delete(id);
    const { target, herePerHour, therePerHour } = prices;
    const { platform } = (target as Extract<typeof target, { do: 'go' }>).choice;
    const message = `${platform} costs $${therePerHour}/h where it pays $${herePerHour}/h: a move pays for itself in ${formatDuration(Math.ceil(verdict.breakEvenMs))}`;
    const next = patched(status, { asked: { do: 'move', at: timestamp(now), cheapest: true } });
    return { container: await write(stage, { container, verdict: { status: next, events: [tell(container, 'normal', ['Cheaper', message])] } }, signal) };
  };
}

const [shortestLookMs, longestLookMs] = [15_000, 300_000];

function lookMs({ holdMs }: Pick<MovePolicy, 'holdMs'>): number {
  return Math.min(longestLookMs, Math.max(shortestLookMs, holdMs / 2));
}
