import { type Clock, unlessAborted } from '@neb/core-types';
import type { RunpodClient } from './client.ts';
import type { Pod } from './replies.ts';

/** All pods of the account, asked for as seldom as can be: RunPod allows about a call a second. */
export interface PodList {
  /** As it was at most `listForMs` ago, and not before the last `forget`. */
  recent(signal: AbortSignal | undefined): Promise<readonly Pod[]>;
  /** As it is from now on. Those who ask while a list is under way share the next. */
  fresh(signal: AbortSignal | undefined): Promise<readonly Pod[]>;
  /** What is known no longer holds, since something was done. */
  forget(): void;
}

export function podList(client: Pick<RunpodClient, 'listPods'>, { clock, listForMs }: { readonly clock: Clock; readonly listForMs: number }): PodList {
  let known: { readonly asked: Promise<readonly Pod[]>; readonly at: number } | undefined;
  let underWay: Promise<readonly Pod[]> | undefined;
  let next: Promise<readonly Pod[]> | undefined;

  function ask(): Promise<readonly Pod[]> {
    const asked = client.listPods(undefined);
    const mine = { asked, at: clock.now() };
    known = mine;
    underWay = asked;
    const done = (): void => { if (underWay === asked) underWay = undefined; };
    asked.then(done, () => {
      done();
      // A failure is told to those who waited for it, and to nobody else.
      if (known === mine) known = undefined;
    });
    return asked;
  }

  function following(before: Promise<unknown>): Promise<readonly Pod[]> {
    const start = (): Promise<readonly Pod[]> => {
      next = undefined;
      return ask();
    };
    next ??= before.then(start, start);
    return next;
  }

  return {
    async recent(signal) {
      const now = clock.now();
      const holds = known !== undefined && now >= known.at && now - known.at < listForMs;
      return await unlessAborted(holds ? known!.asked : ask(), signal);
    },
    async fresh(signal) {
      return await unlessAborted(underWay ? following(underWay) : ask(), signal);
    },
    forget: () => { known = undefined; },
  };
}
