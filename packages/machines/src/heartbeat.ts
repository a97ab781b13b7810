import type { Call } from '@neb/core-types';
import type { World } from './world.ts';

/** Tells a machine again and again that the control plane is there. */
export interface Heartbeat {
  stop(): void;
}

/** How a machine hears from here. */
export interface Beats {
  /** Rejects where it did not hear. */
  beat(call: Call): Promise<void>;
  /** Called after each beat that failed: whoever learns that the machine is gone stops the heartbeat, which nobody else may. */
  missed(call: Call): Promise<void>;
}

/** Beats at once and then every `beatMs`, until it is stopped. A beat that fails is followed by the next. */
export function heartbeat({ clock, beatMs }: Pick<World, 'clock' | 'beatMs'>, { beat, missed }: Beats): Heartbeat {
  const stop = new AbortController();
  const { signal } = stop;
  void (async () => {
    while (!signal.aborted) {
      // A cloud that does not answer now may do so at the next.
      await beat({ signal }).catch(() => (signal.aborted ? undefined : missed({ signal }))).catch(() => undefined);
      await clock.sleep(beatMs, signal);
    }
  })();
  return { stop: () => stop.abort() };
}
