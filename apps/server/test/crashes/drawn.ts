import { fraction } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { classesOf, type CloudName } from './fault-classes.ts';
import type { LifeOptions, Plan } from './life.ts';
import type { Death } from './mortal.ts';

const choices: readonly (readonly CloudName[])[] = [['runpod'], ['aws'], ['runpod', 'aws']];

/** The life of a seed: clouds, what goes wrong there, what is asked for and when the control plane dies. */
export function drawnLife(seed: number): LifeOptions {
  const draw = drawer(seed);
  const clouds = choices[draw(choices.length)]!;
  const classes = classesOf(clouds);
  return { seed, clouds, faultClass: classes[draw(classes.length)]!, plan: drawnPlan(seed) };
}

/** A plan of a seed: a few containers, a delete at some moment, a death or two. */
export function drawnPlan(seed: number): Plan {
  const draw = drawer(2 ** 31 - seed);
  const death = (): Death => ({ at: 1 + draw(120), when: draw(2) === 0 ? 'before' : 'after' });
  return { containers: 1 + draw(3), deleteAt: draw(90_000), deed: 'create', deaths: draw(3) === 0 ? [death(), death()] : [death()] };
}

function drawer(seed: number): (below: number) => number {
  const chance = seededRandom(seed);
  return (below) => Math.floor(fraction(chance) * below);
}
