import { type Attempt, type Container, formatDuration, type InstanceRef } from '@neb/core-types';
import { type Scene, scene } from '../container/scene.ts';
import type { Resource } from '../store.ts';
import type { World } from '../world.ts';
import type { ExpectedMove } from './move-time.ts';
import { mayMove, type Prices, pricesOf, weigh, type Weighing } from './weigh-move.ts';

/** A place and what it costs an hour, in US dollars. */
export interface PricedPlace {
  readonly platform: string;
  readonly region: string;
  readonly pricePerHour: string;
}

/** What the `migrate` of a container comes to now. */
export interface MoveOutlook {
  readonly decision: 'move' | 'stay';
  /** In words for its owner. */
  readonly why: string;
  readonly here?: PricedPlace | undefined;
  /** The cheapest place where it would go on; absent where there is none. */
  readonly there?: PricedPlace | undefined;
  /** What a move takes, for how long the container is expected to run on, and what comes of both. */
  readonly weighing?: Weighing | undefined;
  /** For how long that place has been cheaper by enough, as far as this server has seen. */
  readonly cheaperForMs?: number | undefined;
}

/** Says what the `migrate` of a container comes to now, as the passes over it will find; `undefined` where it has none. Asks the platforms; changes nothing. */
export function moveOutlook(world: World): (container: Resource<'Container'>, signal: AbortSignal) => Promise<MoveOutlook | undefined> {
  const stage = scene(world);
  return async (container, signal) => (container.spec.migrate ? await outlookOf(stage, container, signal) : undefined);
}

async function outlookOf(stage: Scene, container: Resource<'Container'>, signal: AbortSignal): Promise<MoveOutlook> {
  const { attempt, asked, move, status } = container.status;
  if (move) return { decision: 'stay', why: `it is on its way to ${move.to.platform} already` };
  if (asked) return { decision: 'stay', why: `it is asked to ${asked.do} already` };
  const provider = stage.provider(attempt?.platform ?? '');
  const seen = attempt?.ref === undefined || attempt.ended_at !== undefined ? undefined : await provider?.inspect(attempt.ref as InstanceRef, { signal });
  if (!provider || !seen || !attempt || !mayMove(container, seen)) return { decision: 'stay', why: status === 'running' ? 'it is not ready' : `it is ${status}, and only what runs is moved` };
  const cheaper = await pricesOf(stage, { container }, signal);
  // So that a price is told, too, where it is no reason to move.
  const prices = cheaper.target.do === 'go' ? cheaper : await pricesOf(stage, { container, anyPrice: true }, signal);
  const now = stage.world.clock.now();
  const cheaperSince = prices.isLess ? stage.world.priceLooks?.get(container.id)?.cheaperSince : undefined;
  const weighing = await weigh(stage, { settled: { container, provider, seen }, prices, cheaperSince }, signal);
  return {
    decision: weighing.verdict.move ? 'move' : 'stay', why: moveReason(container, { prices, weighing, heldMs: cheaperSince === undefined ? undefined : now - cheaperSince }), weighing,
    here: placeOf(attempt),
    ...(prices.target.do === 'go' && { there: { platform: prices.target.choice.platform, region: prices.target.choice.offer.region, pricePerHour: prices.target.choice.offer.pricePerHour } }),
    ...(cheaperSince !== undefined && { cheaperForMs: now - cheaperSince }),
  };
}

function placeOf({ platform, region, price_per_hour: pricePerHour }: Attempt): PricedPlace {
  return { platform, region, pricePerHour };
}

/** What a decision was made of. */
export interface Reasons {
  readonly prices: Pick<Prices, 'policy' | 'target' | 'herePerHour' | 'therePerHour'>;
  readonly weighing: Pick<Weighing, 'verdict' | 'remainingMs'> & { readonly time: Pick<ExpectedMove, 'tookMs'> };
  /** For how long the other place is known to be cheaper. */
  readonly heldMs: number | undefined;
}

/** Why it moves or stays, in words. Pure. */
export function moveReason({ spec: { migrate } }: { readonly spec: Pick<Container, 'migrate'> }, { prices, weighing, heldMs }: Reasons): string {
  const { verdict, remainingMs, time } = weighing;
  const { policy, target, herePerHour, therePerHour = 0 } = prices;
  const back = verdict.breakEvenMs === undefined ? '' : `a move pays for itself in ${inWhole(verdict.breakEvenMs)}`;
  if (verdict.move) return back;
  switch (verdict.why) {
    case 'nowhere': return target.do === 'stay' ? target.why : 'there is no other place';
    case 'not cheaper': {
      const part = herePerHour > 0 ? Math.round((1 - therePerHour / herePerHour) * 1_000) / 10 : 0;
      return `the other place costs ${part > 0 ? `${part} % less` : 'no less'}, and it moves for ${migrate?.when_cheaper_by} less`;
    }
    case 'too new': return `${heldMs === undefined ? 'this server has not seen the other place cheaper before' : `the other place has been cheaper for ${inWhole(heldMs)}`}, and must have been for ${inWhole(policy.holdMs)}`;
    case 'too late': return `it is expected to run on for ${inWhole(remainingMs)}; ${back} and takes ${inWhole(time.tookMs)}, and the run must promise twice both`;
    case 'moved lately': return `it came where it is lately, and stays ${inWhole(verdict.lookAgainMs ?? 0)} more: it moves ${policy.mostAnHour === 1 ? 'once' : `${policy.mostAnHour} times`} an hour at most`;
  }
}

function inWhole(ms: number): string {
  return formatDuration(Math.ceil(ms / 1_000) * 1_000);
}
