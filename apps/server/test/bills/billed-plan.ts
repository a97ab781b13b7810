import { fraction, type Meter } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { classesOf, type CloudName, type FaultClass } from '../crashes/fault-classes.ts';
import type { Death } from '../crashes/mortal.ts';

/** What is asked for in a life of some hours, and what goes wrong in it. Times are in milliseconds from its beginning. */
export interface BilledPlan {
  readonly seed: number;
  readonly clouds: readonly CloudName[];
  readonly faultClass: FaultClass;
  readonly containers: readonly { readonly id: string; readonly atMs: number; readonly deleteAtMs: number; readonly spec: object }[];
  /** Each process's death, counted from its start in all that it waits for or in one part of its work, and how long nobody is there then. The last process lives on. */
  readonly deaths: readonly (Death & { readonly of: Part; readonly downMs: number })[];
  /** When the server's clock is set, and by how much. */
  readonly steps: readonly { readonly atMs: number; readonly byMs: number }[];
  /** When a gateway counts so much, and whether it is killed over it. */
  readonly counts: readonly { readonly atMs: number; readonly facts: number; readonly dies: boolean }[];
  /** When OpenMeter goes away, for an hour. */
  readonly awayAtMs: number;
  /** When a container is to be suspended, and for how long. */
  readonly rests: readonly { readonly id: string; readonly atMs: number; readonly forMs: number }[];
}

/** What a process does: all of it, or what writes runs, commits facts, reads gateways or delivers. */
export type Part = 'all' | 'runs' | 'facts' | 'door' | 'delivery';

const minute = 60_000;
/** Within so many of its waits each part may die; some of all are late ones. */
const waits = { all: 150, runs: 80, facts: 6, door: 8, delivery: 80 } satisfies Record<Part, number>;
const parts: readonly Part[] = ['all', 'runs', 'facts', 'door', 'delivery'];
const choices: readonly (readonly CloudName[])[] = [['runpod'], ['aws'], ['runpod', 'aws']];
const meters: readonly Meter[] = [
  { cost: '0.37', unit: 'hour', currency: 'USD', metric: 'runtime' },
  { cost: '0.000123457', unit: 'second', currency: 'EUR', metric: 'runtime' },
  { costp: 20, unit: 'hour', currency: 'USD', metric: 'runtime' },
  { unit: 'minute', currency: 'USD', metric: 'runtime' },
];

/** The life of a seed. */
export function billedPlan(seed: number): BilledPlan {
  const chance = seededRandom(2 ** 30 + seed);
  const draw = (below: number): number => Math.floor(fraction(chance) * below);
  const some = <T>(most: number, make: (nth: number) => T): readonly T[] => Array.from({ length: draw(most + 1) }, (_, nth) => make(nth));
  const clouds = choices[draw(choices.length)]!;
  const classes = classesOf(clouds);
  const faultClass = classes[draw(classes.length)]!;
  const containers = Array.from({ length: 1 + draw(3) }, (_, nth) => {
    // What goes wrong at a cloud does so in the beginning.
    const atMs = nth === 0 ? 0 : draw(30 * minute);
    const lasts = draw(4) === 0 ? 'missing' : draw(2) === 0 ? 'works' : `exits-${draw(2)}-after-${5 * minute + draw(60 * minute)}`;
    const spec = {
      image: lasts, command: ['job'], accelerators: ['1:L4'], max_price: draw(2) === 0 ? '1' : '2', restart: ['Never', 'OnFailure', 'Always'][draw(3)], spot: faultClass === 'interruption',
      meters: meters.filter(() => draw(2) === 0),
    };
    return { id: `c${nth}`, atMs, deleteAtMs: atMs + 10 * minute + draw(80 * minute), spec };
  });
  return {
    seed, clouds, faultClass, containers,
    deaths: some(5, () => {
      const of = parts[draw(parts.length)]!;
      return { of, at: 1 + draw(of === 'all' && draw(2) === 0 ? 1_500 : waits[of]), when: draw(2) === 0 ? 'before' : 'after', downMs: draw(3) === 0 ? draw(20 * minute) : draw(minute) };
    }),
    steps: some(2, () => ({ atMs: draw(90 * minute), byMs: (draw(2) === 0 ? -1 : 1) * draw(150 * minute) })).toSorted((a, b) => a.atMs - b.atMs),
    counts: some(5, () => ({ atMs: draw(90 * minute), facts: 1 + draw(30), dies: draw(2) === 0 })).toSorted((a, b) => a.atMs - b.atMs),
    awayAtMs: draw(60 * minute),
    rests: draw(2) === 0 ? [] : some(8, () => {
      const { id, atMs, deleteAtMs } = containers[draw(containers.length)]!;
      return { id, atMs: atMs + draw(deleteAtMs - atMs), forMs: draw(2) === 0 ? draw(20 * minute) : draw(20_000) };
    }),
  };
}
