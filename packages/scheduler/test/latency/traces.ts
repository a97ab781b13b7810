import { type Dice, dice, poisson } from '../autoscale/traces.ts';

/** Numbers in [0, 1), the same for the same seed. The generator is Tommy Ettinger's mulberry32: a trace takes a million of them. */
export function draws(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What happens to a service: when requests come, and what each takes. Times are in seconds. */
export interface Trace {
  readonly name: string;
  readonly seconds: number;
  /** `takes` keeps a place of a replica busy; `elsewhere` is waited for after that, without one. */
  readonly arrivals: readonly { readonly at: number; readonly takes: number; readonly elsewhere: number }[];
  /** What a replica takes to start is this, give or take a tenth. */
  readonly startSeconds: number;
  /** Requests that a replica can work on at once; what is more queues. */
  readonly places: number;
  /** Whether the gateway hands a replica no more than that, and keeps what is more itself. */
  readonly capped: boolean;
  readonly min: number;
  readonly max: number;
  /** An answer that takes longer is a miss. */
  readonly limitSeconds: number;
}

export interface TraceKind {
  readonly name: string;
  draw(seed: number): Trace;
}

interface Shape {
  readonly name: string;
  readonly minutes: number;
  readonly startSeconds: number;
  readonly min?: number;
  readonly capped?: boolean;
  /** Requests a second at most, and at a moment. */
  readonly most: number;
  rate(at: number, chance: Dice): number;
  /** What is waited for elsewhere, in seconds. */
  elsewhere?(at: number): number;
}

const takes = 0.5;

function kind({ name, minutes, startSeconds, min = 1, capped = true, most, rate, elsewhere = () => 0 }: Shape): TraceKind {
  const seconds = minutes * 60;
  return {
    name,
    draw(seed) {
      const chance = dice(draws(seed));
      const level = chance.between(0.85, 1);
      const arrivals = poisson(chance, { from: 0, until: seconds, most }, (at) => level * rate(at, chance)).map((at) => ({ at, takes: chance.logNormal(takes, 0.5), elsewhere: elsewhere(at) }));
      return { name, seconds, arrivals, startSeconds, places: 4, capped, min, max: 20, limitSeconds: 5 * takes };
    },
  };
}

const ramp = (at: number): number => (at < 1_200 ? 2 + (70 * at) / 1_200 : Math.max(2, 72 - (70 * (at - 1_200)) / 600));
/** Ten times as much, for three minutes, every twenty. */
const burst = (at: number): number => (at % 1_200 >= 300 && at % 1_200 < 480 ? 60 : 6);
const day = (at: number): number => 30 - 28 * Math.cos((2 * Math.PI * at) / 2_700);
/** Four minutes of requests, six without. */
const onOff = (at: number): number => (at % 600 < 240 ? 24 : 0);

export const traces: readonly TraceKind[] = [
  kind({ name: 'ramp', minutes: 30, startSeconds: 30, most: 72, rate: ramp }),
  kind({ name: 'burst', minutes: 60, startSeconds: 5, most: 60, rate: burst }),
  kind({ name: 'burst, start of 30 s', minutes: 60, startSeconds: 30, most: 60, rate: burst }),
  kind({ name: 'diurnal', minutes: 45, startSeconds: 30, most: 58, rate: day }),
  kind({ name: 'cold start of 3 minutes', minutes: 45, startSeconds: 180, min: 0, most: 58, rate: (at) => (at < 60 ? 0 : day(at)) }),
  kind({ name: 'on and off', minutes: 40, startSeconds: 5, min: 0, most: 24, rate: onOff }),
  // For ten minutes something that replicas share answers after five seconds.
  kind({ name: 'slow upstream', minutes: 30, startSeconds: 30, capped: false, most: 24, rate: (at) => Math.min(24, 2 + at / 10), elsewhere: (at) => (at >= 600 && at < 1_200 ? 5 : 0) }),
];
