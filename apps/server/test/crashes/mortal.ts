import type { Clock } from '@neb/core-types';
import type { Access, MachineEngine } from '@neb/machines';

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
  /** Has it die so many waits from now. */
  condemn(death: Death): void;
  kill(): void;
  /** Does `work`, unless it dies of it. */
  step<T>(work: () => Promise<T>): Promise<T>;
  /** A part of it, whose waits count for themselves too; it lives and dies with the whole, and by the deaths that it is condemned to. */
  part(): Pick<Mortal, 'condemn' | 'step' | 'around' | 'isDead' | 'clock'>;
  /** `target` whose every method is such a step. */
  around<T extends object>(target: T): T;
}

/** Methods that wait for others to do something, which may be never: whoever dies there dies before what it would do next. */
const idle: readonly (string | symbol)[] = ['changes', 'hint'];

/** A process that hears of each of its waits, as it begins and as it ends, by `moved`. */
export function mortal(clock: Clock, moved: () => void): Mortal {
  let dead = false;
  const whole = counted();
  const never = <T>(): Promise<T> => new Promise(() => {});

  async function step<T>(work: () => Promise<T>, ...counters: readonly Counted[]): Promise<T> {
    if (dead) return await never();
    moved();
    const [when] = [whole, ...counters].flatMap((one) => one.next() ?? []);
    if (when === 'before') dead = true;
    if (dead) return await never();
    try {
      return await work();
    } finally {
      moved();
      if (when === 'after') dead = true;
      if (dead) await never();
    }
  }

  const around = <T extends object>(target: T, ...counters: readonly Counted[]): T => new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function' || idle.includes(name)) return value;
      return async (...args: unknown[]) => await step(async () => await (value as (...args: unknown[]) => unknown).apply(object, args), ...counters);
    },
  });

  const life: Mortal = {
    // Its timers end with it, too.
    clock: { now: () => clock.now(), sleep: async (ms, signal) => { await (dead ? never() : clock.sleep(ms, signal)); if (dead) await never(); } },
    isDead: () => dead,
    waits: () => whole.waits(),
    condemn: whole.condemn,
    kill: () => { dead = true; },
    step: (work) => step(work),
    around: (target) => around(target),
    part() {
      const own = counted();
      return { ...life, condemn: own.condemn, step: (work) => step(work, own), around: (target) => around(target, own) };
    },
  };
  return life;
}

/** Waits, one of which may be the last. */
interface Counted {
  waits(): number;
  condemn(death: Death): void;
  /** Counts one more, and says whether it is to be died of. */
  next(): Death['when'] | undefined;
}

function counted(): Counted {
  let waits = 0;
  let death: Death | undefined;
  return {
    waits: () => waits,
    condemn: ({ at, when }) => { death = { at: waits + at, when }; },
    next: () => (++waits === death?.at ? death.when : undefined),
  };
}

/** How such a process reaches machines. */
export function mortalAccess(process: Mortal, access: Access): Access {
  return {
    engine(target): MachineEngine {
      const engine = access.engine(target);
      const { create, inspect } = process.around(engine);
      return {
        ...engine, create, inspect,
        startAgain: (...asked) => process.step(() => engine.startAgain(...asked)),
        readiness: (call) => process.step(async () => await engine.readiness?.(call)),
        delete: async (...asked) => { await process.step(() => engine.delete(...asked)); },
        async *list(query, call) { yield* await process.step(() => Array.fromAsync(engine.list(query, call))); },
      };
    },
    beat: (...asked) => process.step(() => access.beat(...asked)),
    mount: (...asked) => process.step(() => access.mount(...asked)),
  };
}
