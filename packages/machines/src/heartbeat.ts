import type { Call } from '@neb/core-types';
import type { World } from './world.ts';

/** Tells a machine again and again that the control plane is there. */
export interface Heartbeat {
  stop(): void;
}

/** Beats at once and then every `beatMs`, until it is stopped. A beat that fails is followed by the next. */
export function heartbeat({ clock, beatMs }: Pick<World, 'clock' | 'beatMs'>, beat: (call: Call) => Promise<void>): Heartbeat {
  const stop = new AbortController();
  const { signal } = stop;
  void (async () => {
    while (!signal.aborted) {
      await beat({ signal }).catch(() => undefined);
      await clock.sleep(beatMs, signal);
    }
  })();
  return { stop: () => stop.abort() };
}
