import type { Instance } from '@neb/core-types';
import type { MachineEngine } from './access.ts';
import type { World } from './world.ts';

/** A machine that is being left: its container is stopped first. */
export interface Departure {
  readonly done: Promise<void>;
  /** Leaves the rest to whoever deletes next. */
  cancel(): void;
}

/** What is left, and how. */
export interface DepartureOptions {
  readonly id: string;
  readonly engine: MachineEngine;
  readonly container: Instance;
  readonly graceMs: number;
  readonly over: () => void;
}

/** How much longer than its grace a container may take before its machine goes all the same. */
const slackMs = 5_000;
const lookMs = 500;

/** Stops the container, then deletes the machine, whatever came of the stop. After a crash, or where that failed, deleting again finishes it. */
export function depart({ machines, clock }: World, { id, engine, container, graceMs, over }: DepartureOptions): Departure {
  const cancelled = new AbortController();
  const { signal } = cancelled;

  async function run(): Promise<void> {
    await stopped().catch(() => undefined);
    if (!signal.aborted) await machines.delete(id).catch(() => undefined);
  }

  async function stopped(): Promise<void> {
    await engine.delete(container.ref, { graceMs }, { signal });
    for (const end = clock.now() + graceMs + slackMs; clock.now() < end && !signal.aborted; await clock.sleep(lookMs, signal)) {
      if ((await engine.inspect(container.ref, { signal })) === undefined) return;
    }
  }

  return { done: run().finally(over), cancel: () => cancelled.abort() };
}
