import type { Clock } from '@neb/core-types';

/** Where a process dies: at its so-maniest wait, before what it waits for is done or after. */
export interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** One process of a control plane, as far as it can die. What it waits for then never comes, as after a SIGKILL. */
export interface Mortal {
  readonly clock: Clock;
  isDead(): boolean;
  /** How often it has waited so far. */
  waits(): number;
  kill(): void;
  /** Does `work`, unless it dies of it. */
  step<T>(work: () => Promise<T>): Promise<T>;
  /** `target` whose every method is such a step. */
  around<T extends object>(target: T): T;
}

export function mortal(clock: Clock, death?: Death): Mortal {
  let [waits, dead] = [0, false];
  const never = <T>(): Promise<T> => new Promise(() => {});

  async function step<T>(work: () => Promise<T>): Promise<T> {
    if (dead) return await never();
    const isLast = ++waits === death?.at;
    if (isLast && death.when === 'before') dead = true;
    if (dead) return await never();
    try {
      return await work();
    } finally {
      if (isLast) dead = true;
      if (dead) await never();
    }
  }

  return {
    // Its timers end with it, too.
    clock: { now: () => clock.now(), sleep: async (ms, signal) => { await (dead ? never() : clock.sleep(ms, signal)); if (dead) await never(); } },
    isDead: () => dead,
    waits: () => waits,
    kill: () => { dead = true; },
    step,
    around: (target) => new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name);
        if (typeof value !== 'function' || name === 'changes') return value;
        return async (...args: unknown[]) => await step(async () => await (value as (...args: unknown[]) => unknown).apply(object, args));
      },
    }),
  };
}
