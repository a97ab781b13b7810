import { fraction, type Random } from '@neb/core-types';
import { expectedMs, isCheaper, type MovePolicy, type MoveTime, worthMoving } from '../../src/policies/worth-moving.ts';

/** Prices of places over a day, in US dollars an hour: `prices[minute][place]`. */
export type PriceDay = readonly (readonly number[])[];

const minuteMs = 60_000;
export const dayMinutes = 24 * 60;

/** Places whose prices go back to their own mean, jump now and then, and follow the hour of the day, as spot markets do. */
export function priceDay(random: Random, places = 4): PriceDay {
  const means = Array.from({ length: places }, () => 1 + 2 * fraction(random));
  const phases = Array.from({ length: places }, () => 2 * Math.PI * fraction(random));
  let off = means.map(() => 0.6 * (fraction(random) - 0.5));
  return Array.from({ length: dayMinutes }, (_, minute) => {
    off = off.map((at) => {
      const jump = fraction(random) < 1 / 240 ? 1.6 * (fraction(random) - 0.5) : 0;
      return at * 0.995 + 0.03 * (fraction(random) - 0.5) + jump;
    });
    return means.map((mean, place) => mean * Math.exp(off[place]! + 0.25 * Math.sin((2 * Math.PI * minute) / dayMinutes + phases[place]!)));
  });
}

/** A job that needs so many minutes of work, from a minute on. */
export interface Job {
  readonly from: number;
  readonly workMinutes: number;
  readonly time: MoveTime;
}

export interface Run {
  readonly dollars: number;
  /** Minutes at which it moved. */
  readonly moves: readonly number[];
}

/** When it moves: never, whenever anything is cheaper, or as a policy says. */
export type Mover = 'never' | 'whenever' | MovePolicy;

/** Runs a job that starts where it is cheapest. A price holds for what runs, too: it is billed as it is. While it moves both places are paid, and it stands still for a part of that. */
export function runJob(day: PriceDay, { from, workMinutes, time }: Job, mover: Mover): Run {
  const took = Math.round(time.tookMs / minuteMs);
  const down = Math.round(time.downMs / minuteMs);
  const moves: number[] = [];
  let here = cheapest(day[from]!);
  let dollars = 0;
  let left = workMinutes;
  let cheaperSince: number | undefined;
  let [target, until, stands] = [undefined as number | undefined, 0, 0];
  for (let minute = from; left > 0; minute++) {
    const prices = day[minute % dayMinutes]!;
    dollars += prices[here]! / 60;
    if (target !== undefined) dollars += prices[target]! / 60;
    if (stands > 0) stands -= 1;
    else left -= 1;
    if (target !== undefined) {
      if (minute >= until) [here, target, cheaperSince] = [target, undefined, undefined];
      continue;
    }
    const best = cheapest(prices);
    const [herePerHour, therePerHour] = [prices[here]!, best === here ? undefined : prices[best]!];
    if (!(mover === 'whenever' ? best !== here : isWorthIt(minute))) continue;
    moves.push(minute);
    [target, until, stands] = [best, minute + took, down];

    function isWorthIt(at: number): boolean {
      if (typeof mover === 'string') return false;
      const isNow = therePerHour !== undefined && isCheaper({ herePerHour, therePerHour, policy: mover });
      cheaperSince = isNow ? (cheaperSince ?? at) : undefined;
      const facts = { now: at * minuteMs, herePerHour, therePerHour, cheaperSince: cheaperSince === undefined ? undefined : cheaperSince * minuteMs, time, policy: mover };
      return worthMoving({ ...facts, remainingMs: expectedMs({ ranMs: (at - from) * minuteMs }), movedAt: moves.length === 0 ? undefined : moves.at(-1)! * minuteMs }).move;
    }
  }
  return { dollars, moves };
}

function cheapest(prices: readonly number[]): number {
  return prices.indexOf(Math.min(...prices));
}
