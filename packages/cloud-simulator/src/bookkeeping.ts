import { type Clock, messageOf } from '@neb/core-types';
import type { Machinery, Tell, Workload } from './machinery.ts';

/** What an image does in a machine of bookkeeping; resolves to its exit code. Where it throws, the image could not be started. */
export type Program = (inside: Inside) => Promise<number>;

/** A program's world. */
export interface Inside extends Workload {
  /** Writes a line to its output. */
  say(text: string): void;
  /** Resolves after `ms`, or at once when it is stopped. */
  sleep(ms: number): Promise<void>;
  /** Aborts when it is stopped. */
  readonly stopped: AbortSignal;
}

/** How machines of bookkeeping behave. */
export interface BookkeepingOptions {
  readonly clock: Clock;
  /** How long an image takes to pull, in milliseconds; 2,000 by default. */
  readonly pullMs?: number | undefined;
  /** Why an image cannot be pulled; by default every image can. */
  readonly missing?: ((workload: Workload) => string | undefined) | undefined;
  /** What an image does; by default it says a line and runs until it is stopped. */
  readonly program?: Program | undefined;
}

/** Machines that exist in a map: nothing runs but `program`, in this process. */
export function bookkeeping({ clock, pullMs = 2_000, missing = () => undefined, program = sleeper }: BookkeepingOptions): Machinery {
  const runs = new Map<string, AbortController>();

  async function run(workload: Workload, tell: Tell, stopped: AbortSignal): Promise<void> {
    const told: Tell = (event) => { if (!stopped.aborted) tell(event); };
    told({ kind: 'line', source: 'system', text: `create container ${workload.image}` });
    await clock.sleep(pullMs, stopped);
    const reason = missing(workload);
    if (reason !== undefined) {
      told({ kind: 'line', source: 'system', text: `error pulling image: ${reason}` });
      return told({ kind: 'failed', message: reason });
    }
    told({ kind: 'line', source: 'system', text: `start container for ${workload.image}: begin` });
    told({ kind: 'running' });
    const say = (text: string): void => told({ kind: 'line', source: 'container', text });
    try {
      told({ kind: 'exited', exitCode: await program({ ...workload, say, sleep: (ms) => clock.sleep(ms, stopped), stopped }) });
    } catch (error) {
      told({ kind: 'line', source: 'system', text: `error starting container: ${messageOf(error)}` });
      told({ kind: 'failed', message: messageOf(error) });
    }
  }

  const end = async (id: string): Promise<void> => {
    runs.get(id)?.abort();
    runs.delete(id);
  };

  return {
    start(id, workload, tell) {
      void end(id);
      const stop = new AbortController();
      runs.set(id, stop);
      void run(workload, tell, stop.signal);
    },
    stop: end,
    remove: end,
  };
}

async function sleeper({ image, say, stopped }: Inside): Promise<number> {
  say(`running ${image}`);
  if (!stopped.aborted) await new Promise((resolve) => { stopped.addEventListener('abort', resolve, { once: true }); });
  return 143;
}
