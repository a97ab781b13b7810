import type { CloudName, FaultClass } from './fault-classes.ts';
import type { Death } from './mortal.ts';
import { plane } from './plane.ts';
import { doubles, unrest } from './wrongs.ts';

export interface LifeOptions {
  /** From which all chance is drawn. */
  readonly seed: number;
  readonly faultClass: FaultClass;
  readonly clouds: readonly CloudName[];
  readonly plan: Plan;
}

/** What is asked for in a life, and when its processes die. */
export interface Plan {
  readonly containers: number;
  /** When the first container is to be deleted, in milliseconds from the start, or once all is at rest; never if absent. */
  readonly deleteAt?: number | 'rest' | undefined;
  /** Each process's death, the first counted from the beginning of `deed`; the last process lives on. */
  readonly deaths: readonly Death[];
  readonly deed: 'create' | 'delete';
}

/** What a life came to. */
export interface Outcome {
  /** Whatever should not be; empty where all is well. */
  readonly wrongs: readonly string[];
  readonly deaths: number;
  readonly purchases: number;
  /** How often the first process waited in its deed, until it died or all was at rest for the first time. */
  readonly waits: number;
}

const minute = 60_000;
/** Within which all must have come to rest after the last that was asked for. */
const boundMs = 30 * minute;
/** Longer than a list lags, an orphan is spared and a sweep takes to come round: what has not been undone by then stays. */
const calmMs = minute;
const unreachableMs = 45_000;

/** Containers are created and one is deleted while the clouds have their faults; the control plane dies, and another process takes its place. */
export async function live({ seed, faultClass, clouds, plan }: LifeOptions): Promise<Outcome> {
  await using world = await plane({ seed, faultClass, clouds });
  const ids = Array.from({ length: plan.containers }, (_, n) => `c${n}`);
  const wrongs: string[] = [];
  const deaths = [...plan.deaths];
  let [died, waits, waitsBefore] = [0, 0, 0];
  let alive = world.start();
  if (plan.deed === 'create') condemn();
  if (faultClass === 'unreachable machines') for (const cloud of world.clouds) cloud.cut?.(true);

  for (const id of ids) await world.create(id, { image: 'x', accelerators: ['1:L4'], max_price: '1', restart: 'Always', spot: faultClass === 'interruption' });
  const startedAt = world.clock.now();
  const age = (): number => world.clock.now() - startedAt;
  let until = boundMs;
  let toDelete = plan.deleteAt;
  let calmSince: number | undefined;
  for (let healed = false; age() < until && wrongs.length === 0; ) {
    if (!healed && age() >= unreachableMs) {
      healed = true;
      for (const cloud of world.clouds) cloud.cut?.(false);
    }
    const restless = unrest(await world.containers(ids), world.bought());
    if (toDelete !== undefined && (toDelete === 'rest' ? restless.length === 0 : age() >= toDelete)) {
      toDelete = undefined;
      until = age() + boundMs;
      if (plan.deed === 'delete') condemn();
      await world.remove('c0');
    } else if (restless.length === 0 && toDelete === undefined) {
      if (died === 0 && waits === 0) waits = alive.waits() - waitsBefore;
      calmSince ??= age();
      if (age() - calmSince > calmMs) break;
    } else calmSince = undefined;
    await world.pass(typeof toDelete === 'number' ? Math.max(0, toDelete - age()) : Infinity);
    if (alive.isDead()) {
      if (died++ === 0) waits = alive.waits() - waitsBefore;
      alive = world.start();
      condemn();
    }
    // One request that makes two is the cloud's doing, and put right.
    if (faultClass !== 'duplicate') wrongs.push(...doubles(world.bought()));
  }
  wrongs.push(...unrest(await world.containers(ids), world.bought()));
  alive.kill();
  return { wrongs, deaths: died, waits, purchases: world.clouds.reduce((sum, cloud) => sum + cloud.purchases(), 0) };

  function condemn(): void {
    const death = deaths.shift();
    waitsBefore = died === 0 ? alive.waits() : waitsBefore;
    if (death) alive.condemn(death);
  }
}
