import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';

/** What happens to a stream: when messages come and how long each takes, in seconds. */
export interface Trace {
  readonly name: string;
  readonly seconds: number;
  readonly arrivals: readonly { readonly at: number; readonly takes: number }[];
  /** What a worker takes to start is this, give or take a tenth. */
  readonly startSeconds: number;
  readonly min: number;
  readonly max: number;
  /** What is too much, in messages, and what is little. */
  readonly above: number;
  readonly below: number;
}

export interface TraceKind {
  readonly name: string;
  draw(seed: number): Trace;
}

/** Chance in the shapes that a trace needs. */
export interface Dice {
  between(low: number, high: number): number;
  exponential(mean: number): number;
  /** Skewed as service times are: a median well below the mean, and a long tail. */
  logNormal(mean: number, sigma?: number): number;
}

const hour = 3_600;

export function dice(draw: () => number): Dice {
  const between = (low: number, high: number): number => low + (high - low) * draw();
  const exponential = (mean: number): number => -Math.log(1 - draw()) * mean;
  return {
    between,
    exponential,
    logNormal: (mean, sigma = 0.7) => mean * Math.exp(sigma * Math.sqrt(2 * exponential(1)) * Math.cos(between(0, 2 * Math.PI)) - sigma ** 2 / 2),
  };
}

/** Messages of a rate that changes with time: a Poisson process, thinned. */
export function poisson({ exponential, between }: Dice, { from, until, most }: { readonly from: number; readonly until: number; readonly most: number }, rate: (at: number) => number): number[] {
  const times: number[] = [];
  for (let at = from + exponential(1 / most); at < until; at += exponential(1 / most)) if (between(0, most) < rate(at)) times.push(at);
  return times;
}

interface Shape {
  readonly name: string;
  readonly hours: number;
  readonly takes: number;
  readonly startSeconds: number;
  readonly min?: number;
  readonly above?: number;
  readonly below?: number;
  times(dice: Dice, seconds: number): number[];
}

function kind({ name, hours, takes, startSeconds, min = 1, above = 100, below = 10, times }: Shape): TraceKind {
  const seconds = hours * hour;
  return {
    name,
    draw(seed) {
      const random = seededRandom(seed);
      const chance = dice(() => fraction(random));
      const arrivals = times(chance, seconds).toSorted((a, b) => a - b).map((at) => ({ at, takes: chance.logNormal(takes) }));
      return { name, seconds, arrivals, startSeconds, min, max: 10, above, below };
    },
  };
}

/** A thousand or so at once, every 20 minutes or so, on top of little. */
function bursts(chance: Dice, seconds: number): number[] {
  const times = poisson(chance, { from: 0, until: seconds, most: 0.5 }, () => 0.5);
  for (let at = chance.exponential(600); at < seconds - hour / 2; at += 600 + chance.exponential(600)) {
    const lasts = chance.between(5, 60);
    const count = chance.between(500, 2_500);
    times.push(...poisson(chance, { from: at, until: at + lasts, most: count / lasts }, () => count / lasts));
  }
  return times;
}

/** Nothing for a quarter of an hour or more, then one message, a handful, or thousands. */
function spikes(chance: Dice, seconds: number): number[] {
  const times: number[] = [];
  for (let at = chance.exponential(600); at < seconds - hour / 2; at += 900 + chance.exponential(900)) {
    const lasts = chance.between(1, 30);
    const count = Math.ceil(Math.exp(chance.between(0, Math.log(3_000))));
    for (let sent = 0; sent < count; sent++) times.push(at + chance.between(0, lasts));
  }
  return times;
}

/** Low at night, high at noon: a day in four hours. */
function day(chance: Dice, seconds: number): number[] {
  return poisson(chance, { from: 0, until: seconds, most: 15 }, (at) => 7.75 - 7.25 * Math.cos((2 * Math.PI * at) / (4 * hour)));
}

export const traces: readonly TraceKind[] = [
  kind({ name: 'steady', hours: 2, takes: 0.5, startSeconds: 5, times: (chance, seconds) => poisson(chance, { from: 0, until: seconds, most: 9 }, () => 9) }),
  kind({ name: 'burst', hours: 4, takes: 0.5, startSeconds: 5, times: bursts }),
  kind({ name: 'diurnal', hours: 4, takes: 0.5, startSeconds: 5, times: day }),
  kind({ name: 'slow start', hours: 4, takes: 0.5, startSeconds: 180, times: bursts }),
  kind({ name: 'slow start, diurnal', hours: 4, takes: 0.5, startSeconds: 180, times: day }),
  kind({ name: 'spikes from zero', hours: 6, takes: 0.5, startSeconds: 5, min: 0, times: spikes }),
  kind({ name: 'spikes from zero, slow start', hours: 6, takes: 0.5, startSeconds: 180, min: 0, times: spikes }),
  kind({ name: 'long messages', hours: 6, takes: 60, startSeconds: 30, above: 10, below: 5, times: (chance, seconds) => bursts(chance, seconds).filter((_, at) => at % 20 === 0) }),
];
