import { type Call, type CreateRequest, type Failure, type Instance, isNebError, messageOf, NebError } from '@neb/core-types';
import { type MachineEngine, machineRegion, type Mount } from './access.ts';
import { attachDisks, onDisks } from './disks.ts';
import type { Machine } from './machines.ts';
import { isFromBefore } from './view.ts';
import type { World } from './world.ts';

/** A container on its way to a machine that may not have booted yet. */
export interface Launch {
  /** What to tell of it while it is under way. */
  progress(): Instance['progress'];
  /** Why it ended badly; `undefined` while it is under way and where it ended well. */
  failure(): Failure | undefined;
  isOver(): boolean;
  cancel(): void;
}

/** What a launch works on. */
export interface LaunchOptions {
  readonly request: CreateRequest;
  readonly machine: Machine;
  /** Hears of the machine's address. */
  readonly see: (machine: Machine) => void;
  readonly engine: () => MachineEngine;
  /** The container as the engine shows it. */
  readonly container: (call?: Call) => Promise<Instance | undefined>;
  readonly mount: (mount: Mount, call?: Call) => Promise<void>;
}

/** Waits until the machine runs and its Docker answers, then has the container created there, or started again where it ended with an earlier boot. Repeating it finds what an earlier one made. */
export function launch(world: World, { request, machine, see, engine, container, mount }: LaunchOptions): Launch {
  const { machines, clock, bootMs, pollMs } = world;
  const stop = new AbortController();
  const { signal } = stop;
  const call = { signal };
  let phase: 'provisioning' | 'starting' = 'provisioning';
  let failure: Failure | undefined;
  let over = false;

  async function run(): Promise<void> {
    const end = clock.now() + bootMs;
    const running = await until(end, 'it did not run', async () => {
      const seen = await machines.inspect(machine.id, call);
      if (!seen) throw new Gone();
      if (seen.state === 'ending') throw new Gone();
      return seen.state === 'running' && seen.address !== undefined ? seen : undefined;
    });
    see(running);
    const ready = engine();
    let trouble: string | undefined;
    await until(end, () => trouble ?? 'its Docker did not answer', async () => {
      trouble = await ready.readiness?.(call);
      return trouble === undefined ? true : undefined;
    });
    phase = 'starting';
    await until(end, 'its volumes were not attached', async () => {
      await attachDisks(machines, { request, machineId: machine.id, mount }, call);
      return true;
    });
    const ended = await until(end, 'its Docker did not tell of its container', async () => {
      const there = await container(call);
      return { from: there && isFromBefore(there, running) ? there : undefined };
    });
    if (ended.from) return await ready.startAgain(ended.from.ref, call);
    await ready.create({ ...request, spec: onDisks(request.spec), offer: { ...request.offer, region: machineRegion } }, call);
  }

  async function until<T>(end: number, why: string | (() => string), look: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      let reason: string | undefined;
      const found = await look().catch((error: unknown) => {
        // A cloud or a machine that does not answer now may do so later.
        if (!isNebError(error) || !error.retryable) throw error;
        reason = error.message;
        return undefined;
      });
      if (found !== undefined) return found;
      if (clock.now() >= end) throw new NebError('timeout', `machine ${machine.id} was not ready within ${bootMs / 1_000} s: ${reason ?? (typeof why === 'string' ? why : why())}${await consoleTail(world, machine.id)}`);
      await clock.sleep(pollMs, signal);
    }
  }

  void run().catch((error: unknown) => {
    if (signal.aborted || error instanceof Gone) return;
    failure = isNebError(error) ? { code: error.code, message: error.message } : { code: 'internal', message: messageOf(error) };
  }).finally(() => { over = true; });

  return {
    progress: () => ({ phase }),
    failure: () => failure,
    isOver: () => over,
    cancel: () => stop.abort(),
  };
}

/** The machine ended meanwhile: whoever inspects it learns that from its cloud. */
class Gone extends Error {
  override readonly name = 'Gone';
}

const tailLength = 300;

async function consoleTail({ machines }: World, id: string): Promise<string> {
  const output = await machines.consoleOutput?.(id).catch(() => undefined);
  return output === undefined || output.trim() === '' ? '' : `; its console ends with: ${output.trim().slice(-tailLength)}`;
}
