import { type ContainerSpec, durationMs, fractionOf } from '@neb/core-types';
import { timeLeft } from '../container/decide.ts';
import { ranMs } from '../container/run-clock.ts';
import { moveTarget, type Target } from '../container/move/target.ts';
import type { Scene } from '../container/scene.ts';
import type { Resource } from '../store.ts';
import { type ExpectedMove, expectedMove } from './move-time.ts';
import type { Settled } from './watch-idle.ts';
import { expectedMs, isCheaper, type MovePolicy, type MoveVerdict, worthMoving } from './worth-moving.ts';

/** When a container was last looked at, and since when another place is cheaper by enough: by its id. */
export type PriceLooks = Map<string, { readonly at: number; readonly cheaperSince: number | undefined }>;

/** The cheapest place where a container could go on, beside the one where it is. */
export interface Prices {
  readonly policy: MovePolicy;
  readonly target: Target;
  /** US dollars. */
  readonly herePerHour: number;
  readonly therePerHour: number | undefined;
  readonly isLess: boolean;
}

/** What a move to the cheapest other place would bring, and what comes of it. */
export interface Weighing {
  readonly time: ExpectedMove;
  readonly remainingMs: number;
  readonly verdict: MoveVerdict;
}

/** Whether a container is one that may be moved by its `migrate` now. */
export function mayMove({ spec, status: { attempt, ready, asked, move } }: Resource<'Container'>, { state }: Pick<Settled['seen'], 'state'>): boolean {
  return spec.migrate !== undefined && attempt?.started_at !== undefined && ready && !asked && !move && state === 'running';
}

/** Asks the platforms what it would cost elsewhere; with `anyPrice` also where that is no less. */
export async function pricesOf(stage: Scene, { container, anyPrice = false }: { readonly container: Resource<'Container'>; readonly anyPrice?: boolean }, signal: AbortSignal): Promise<Prices> {
  const policy = policyOf(container.spec.migrate!);
  const target = await moveTarget(stage, { container, to: anyPrice ? {} : { cheapest: true } }, signal);
  const herePerHour = Number(container.status.attempt!.price_per_hour);
  const therePerHour = target.do === 'go' ? Number(target.choice.offer.pricePerHour) : undefined;
  return { policy, target, herePerHour, therePerHour, isLess: therePerHour !== undefined && isCheaper({ herePerHour, therePerHour, policy }) };
}

/** Weighs what a move costs against what it saves. */
export async function weigh(stage: Scene, { settled, prices, cheaperSince }: { readonly settled: Settled; readonly prices: Prices; readonly cheaperSince: number | undefined }, signal: AbortSignal): Promise<Weighing> {
  const { container, provider, seen } = settled;
  const { attempt } = container.status;
  const { herePerHour, therePerHour, policy } = prices;
  const time = await expectedMove({ container, provider, ref: seen.ref }, signal);
  const now = stage.world.clock.now();
  const remainingMs = expectedMs({ ranMs: ranMs(container.status, now) ?? 0, timeoutLeftMs: timeLeft(container, now) });
  return { time, remainingMs, verdict: worthMoving({ now, herePerHour, therePerHour, cheaperSince, policy, movedAt: Date.parse(attempt!.intended_at), remainingMs, time }) };
}

/** A policy with every default filled in. */
export function policyOf({ when_cheaper_by: cheaperBy, hold = '10m', most_per_hour: mostAnHour = 1 }: NonNullable<ContainerSpec['migrate']>): MovePolicy {
  return { cheaperBy: fractionOf(cheaperBy), holdMs: durationMs(hold), mostAnHour };
}
