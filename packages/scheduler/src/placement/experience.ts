import { type Backoff, doubling } from '@neb/core-types';

/** A capacity pool: what is bought in one place under one name, whose stock comes and goes as one. */
export interface Pool {
  readonly platform: string;
  readonly region: string;
  /** As in `2:A100_SXM`; absent without one. */
  readonly accelerator?: string | undefined;
  readonly spot: boolean;
}

/** How a launch in a pool went: `refused` at once, `ran` after so long, or `lost` while it ran. */
export type Outcome = { readonly how: 'refused' } | { readonly how: 'ran'; readonly startMs: number } | { readonly how: 'lost' };

/** What a capacity pool has taught, as of `at`. Counts fade with time. */
export interface Lesson {
  readonly at: number;
  readonly refused: number;
  readonly ran: number;
  readonly lost: number;
  /** Refusals since the last launch that ran. */
  readonly inRow: number;
  /** Until when nothing more is asked of it, in milliseconds since the epoch. */
  readonly restUntil: number;
  /** How long a launch takes there; absent while none has run. */
  readonly startMs?: number | undefined;
}

/** How a pool is looked at now. */
export interface Standing {
  /** Share of launches that it refuses and that are lost there, each from 0 to 1. */
  readonly refusals: number;
  readonly losses: number;
  readonly restUntil: number;
  readonly startMs: number;
}

/** Half of what was learnt is forgotten in this time: capacity comes back within minutes, habits of a place change within hours. */
const refusalHalfLifeMs = 600_000;
const runHalfLifeMs = 7_200_000;
/** How long the others wait for the one that tries a pool, or a platform, again after a refusal. */
const probeMs = 20_000;
/** How much one observation moves what is known of start-up times. */
const weight = 0.3;

/** What is known after one more outcome. Pure. */
export function learn(before: Lesson | undefined, outcome: Outcome, { now, rest }: { readonly now: number; readonly rest: Backoff }): Lesson {
  const known = faded(before, now);
  switch (outcome.how) {
    case 'refused': return { ...known, refused: known.refused + 1, inRow: known.inRow + 1, restUntil: now + doubling(known.inRow, rest) };
    case 'ran': return { ...known, ran: known.ran + 1, inRow: 0, restUntil: 0, startMs: known.startMs === undefined ? outcome.startMs : known.startMs + weight * (outcome.startMs - known.startMs) };
    case 'lost': return { ...known, lost: known.lost + 1 };
  }
}

/** What follows from a lesson now; of a pool that nothing is known of, nothing. Pure. */
export function standing(lesson: Lesson | undefined, now: number): Standing {
  const { refused, ran, lost, restUntil, startMs = 0 } = faded(lesson, now);
  // One made-up success, so that a single refusal is no verdict.
  return { refusals: refused / (refused + ran + 1), losses: lost / (Math.max(lost, ran) + 1), restUntil, startMs };
}

function faded(lesson: Lesson | undefined, now: number): Lesson {
  if (!lesson) return { at: now, refused: 0, ran: 0, lost: 0, inRow: 0, restUntil: 0 };
  const [fast, slow] = [refusalHalfLifeMs, runHalfLifeMs].map((halfLife) => 0.5 ** (Math.max(0, now - lesson.at) / halfLife)) as [number, number];
  return { ...lesson, at: now, refused: lesson.refused * fast, ran: lesson.ran * slow, lost: lesson.lost * slow };
}

/** What launches taught this server. It ends with the process: what counts is minutes old. */
export interface Experience {
  note(pool: Pool, outcome: Outcome, now: number): void;
  /** One that rested is tried by one container at a time: the others wait for how it goes. */
  take(pool: Pool, now: number): void;
  standing(pool: Pool, now: number): Standing;
  /** Asks nothing more of a platform that refuses us as a whole, such as our key: a minute, twice as long each time, at most ten minutes. */
  close(platform: string, why: string, now: number): void;
  /** Why nothing is asked of it now; `undefined` where it is open. */
  closed(platform: string, now: number): string | undefined;
}

/** A platform that refuses us as a whole. */
interface Closure {
  readonly why: string;
  readonly until: number;
  readonly inRow: number;
  /** Whether it is tried again, and until when the others wait for how that goes. */
  readonly isProbed: boolean;
}

const closing: Backoff = { firstMs: 60_000, maxMs: 600_000 };

/** How long what failed is let be, where nothing else is said. */
export const usualRest: Backoff = { firstMs: 2_000, maxMs: 300_000 };

/** `rest` is how long a pool is let be after refusals in a row. Forgets the pools longest unheard of beyond `most`. */
export function experience(rest = usualRest, most = 10_000): Experience {
  const lessons = new Map<string, Lesson>();
  const closures = new Map<string, Closure>();
  const keep = (key: string, lesson: Lesson): void => {
    lessons.delete(key);
    lessons.set(key, lesson);
    if (lessons.size > most) lessons.delete(lessons.keys().next().value!);
  };
  return {
    note(pool, outcome, now) {
      if (outcome.how === 'ran') closures.delete(pool.platform);
      keep(keyOf(pool), learn(lessons.get(keyOf(pool)), outcome, { now, rest }));
    },
    take(pool, now) {
      const closure = closures.get(pool.platform);
      if (closure) closures.set(pool.platform, { ...closure, until: now + probeMs, isProbed: true });
      const lesson = lessons.get(keyOf(pool));
      if (lesson && lesson.inRow > 0) keep(keyOf(pool), { ...lesson, restUntil: now + probeMs });
    },
    standing: (pool, now) => standing(lessons.size === 0 ? undefined : lessons.get(keyOf(pool)), now),
    close(platform, why, now) {
      const before = closures.get(platform);
      // Of many that were refused at once the first counts.
      if (before && !before.isProbed && before.until > now) return;
      const inRow = before?.inRow ?? 0;
      closures.set(platform, { why, until: now + doubling(inRow, closing), inRow: inRow + 1, isProbed: false });
    },
    closed(platform, now) {
      const closure = closures.get(platform);
      // Further away than any can be: the clock was set back.
      return closure && closure.until > now && closure.until <= now + closing.maxMs ? closure.why : undefined;
    },
  };
}

function keyOf({ platform, region, accelerator = '', spot }: Pool): string {
  return `${platform}\n${region}\n${accelerator}\n${spot}`;
}
