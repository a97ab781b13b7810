import type { Open } from '../pass/dial.ts';
import type { Member } from './member.ts';

/** How many replicas are asked whether they answer yet, over all routes. */
export interface Asking {
  count: number;
}

export interface StartersOptions {
  readonly now: () => number;
  readonly asking: Asking;
  readonly answers: (check: string, timeoutMs: number, open?: Open) => Promise<boolean>;
  /** Whether anybody waits for it still. */
  readonly isWanted: (member: Member) => boolean;
  /** It answered. */
  readonly onReady: (member: Member) => void;
}

/** Asks replicas that start whether they answer yet, as long as somebody waits for them; and nobody otherwise. */
export interface Starters {
  /** Somebody waits, and these start. Asked again for the same ones it goes on as it was. */
  ask(members: readonly Member[]): void;
}

const firstMs = 5;
const longestMs = 250;
/** The way to a replica that is dialled may have to be made first, and a question that is given up takes it along. */
const dialledMs = 5_000;
/** All that are asked get one question in so many milliseconds each: what asks must not be busy with that. */
const eachMs = 0.5;

/** The pause before the next question: a fiftieth of how long it was asked already, so that little is lost to it however long a start takes. */
export function pauseMs(askedMs: number, count: number): number {
  return Math.max(firstMs, Math.min(longestMs, askedMs / 50), eachMs * count);
}

export function starters({ now, asking, answers, isWanted, onReady }: StartersOptions): Starters {
  const asked = new Set<Member>();

  async function follow(member: Member): Promise<void> {
    asked.add(member);
    asking.count += 1;
    const since = now();
    try {
      while (member.check !== undefined && isWanted(member)) {
        const { check } = member;
        const askedMs = now() - since;
        // A network that is not there yet swallows the first packets; they are not waited for, but the way to one that is dialled is.
        if ((await answers(check, Math.max(member.open ? dialledMs : 100, Math.min(5_000, askedMs)), member.open)) && member.check === check) return onReady(member);
        await new Promise((resolve) => setTimeout(resolve, pauseMs(askedMs, asking.count)));
      }
    } finally {
      asking.count -= 1;
      asked.delete(member);
    }
  }

  return {
    ask(members) {
      for (const member of members) if (!asked.has(member)) void follow(member);
    },
  };
}
