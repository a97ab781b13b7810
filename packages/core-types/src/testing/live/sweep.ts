import { messageOf } from '../../errors.ts';
import { collect } from '../../paginate.ts';
import type { InstanceRef } from '../../provider.ts';
import type { LiveRun, LiveSubject } from './subject.ts';
import { within } from './within.ts';

const pollMs = 3_000;

/**
 * Takes away every instance of the subject's fleet, and of no other; how many there were. It is over once the fleet has
 * been empty for `quietMs`, since what was just bought may show late. What fails is tried again. Rejects, naming what is
 * left, where that takes longer than `sweepMs`.
 */
export async function sweep({ provider, fleet, sweepMs }: LiveSubject, { clock, say }: LiveRun, quietMs = 0): Promise<number> {
  const seen = new Set<InstanceRef>();
  let left: readonly InstanceRef[] = [];
  let trouble: unknown;
  let emptySince: number | undefined;

  /** That the time is over is no trouble of the platform's. */
  const note = (signal: AbortSignal, error: unknown): void => { if (!signal.aborted) trouble = error; };

  async function pass(signal: AbortSignal): Promise<void> {
    left = (await collect(provider.list({ fleet }, { signal }))).map(({ ref }) => ref);
    emptySince = left.length > 0 ? undefined : (emptySince ?? clock.now());
    for (const ref of left) {
      if (!seen.has(ref)) say(`sweeping ${ref}`);
      seen.add(ref);
      // One that resists keeps none of the others alive.
      await provider.delete(ref, { graceMs: 0 }, { signal }).catch((error: unknown) => note(signal, error));
    }
  }

  try {
    return await within({ clock, ms: sweepMs, what: 'it' }, async (signal) => {
      for (;;) {
        await pass(signal).catch((error: unknown) => {
          note(signal, error);
          emptySince = undefined;
        });
        signal.throwIfAborted();
        if (emptySince !== undefined && clock.now() - emptySince >= quietMs) return seen.size;
        await clock.sleep(pollMs, signal);
      }
    });
  } catch (error) {
    const what = left.length > 0 ? `left ${left.join(', ')}` : 'could not see that nothing is left';
    throw new Error(`sweeping fleet ${fleet} of ${provider.name} ${what}: end it by hand. ${messageOf(trouble ?? error)}`, { cause: error });
  }
}
