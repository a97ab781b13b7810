import { type Clock, type InstanceRef, unlessAborted } from '@neb/core-types';
import type { Pod } from '../replies.ts';

/** Pods as they were a moment ago, since RunPod allows about a call a second and connections are many. */
export interface KnownPods {
  /** The pod as it was at most `withinMs` ago, `undefined` where there was none. Those who ask together share an answer. */
  learnt(ref: InstanceRef, withinMs: number, signal: AbortSignal | undefined): Promise<Pod | undefined>;
  forget(ref: InstanceRef): void;
}

/** Nothing is kept for longer. */
const keptMs = 10_000;

interface Answer {
  readonly asked: Promise<Pod | undefined>;
  readonly at: number;
}

export function knownPods(look: (ref: InstanceRef, signal: AbortSignal | undefined) => Promise<Pod | undefined>, clock: Clock): KnownPods {
  const answers = new Map<InstanceRef, Answer>();
  const ageOf = ({ at }: Answer): number => clock.now() - at;

  function ask(ref: InstanceRef): Answer {
    for (const [other, answer] of answers) if (ageOf(answer) >= keptMs) answers.delete(other);
    // Of those who share it, one that gives up takes nothing from the others.
    const answer = { asked: look(ref, undefined), at: clock.now() };
    answers.set(ref, answer);
    // A failure is told to those who waited for it, and to nobody else.
    answer.asked.catch(() => { if (answers.get(ref) === answer) answers.delete(ref); });
    return answer;
  }

  return {
    async learnt(ref, withinMs, signal) {
      const known = answers.get(ref);
      const holds = known !== undefined && ageOf(known) >= 0 && ageOf(known) < withinMs;
      return await unlessAborted((holds ? known : ask(ref)).asked, signal);
    },
    forget: (ref) => void answers.delete(ref),
  };
}
