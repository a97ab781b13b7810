import { messageOf } from '@neb/core-types';
import { moveOutlook, type MoveOutlook, type PricedPlace, type Resource, type World } from '@neb/scheduler';
import type { MoveView, PricedPlaceView } from '@neb/sdk/contract';

/** What the `migrate` of a container comes to now; `undefined` where it has none. Platforms that do not answer within ten seconds keep it where it is. */
export type MoveViewOf = (container: Resource<'Container'>) => Promise<MoveView | undefined>;

const explainMs = 10_000;

export function moveViews(world: World): MoveViewOf {
  const outlook = moveOutlook(world);
  return async (container) => {
    try {
      const found = await outlook(container, AbortSignal.timeout(explainMs));
      return found && view(found);
    } catch (error) {
      return { decision: 'stay', why: `what a move would bring is not known: ${messageOf(error)}` };
    }
  };
}

function view({ decision, why, here, there, weighing, cheaperForMs }: MoveOutlook): MoveView {
  return {
    decision, why,
    ...(here && { here: placeView(here) }),
    ...(there && { there: placeView(there) }),
    ...(weighing && weighed(weighing)),
    ...(cheaperForMs !== undefined && { cheaper_for_ms: cheaperForMs }),
  };
}

function weighed({ time, remainingMs, verdict: { costs, savesPerHour, breakEvenMs } }: NonNullable<MoveOutlook['weighing']>): Partial<MoveView> {
  return {
    takes: { known: time.known, took_ms: Math.round(time.tookMs), down_ms: Math.round(time.downMs), ...(time.bytes !== undefined && { size_bytes: time.bytes }) },
    remaining_ms: remainingMs,
    ...(costs !== undefined && { costs: decimal(costs) }),
    ...(savesPerHour !== undefined && { saves_per_hour: decimal(savesPerHour) }),
    ...(breakEvenMs !== undefined && { break_even_ms: Math.round(breakEvenMs) }),
  };
}

function placeView({ platform, region, pricePerHour }: PricedPlace): PricedPlaceView {
  return { platform, region, price_per_hour: pricePerHour };
}

/** What was reckoned, to a millionth of a dollar. */
function decimal(dollars: number): string {
  return dollars.toFixed(6).replace(/\.?0+$/, '');
}
