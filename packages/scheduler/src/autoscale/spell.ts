import { arrivals, type Seen, toward } from './flow.ts';

/** A time in which something is so without a break, and what goes on in it. */
export interface Spell {
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  /** Messages that arrive, a second, in it: what brought it about is no part of it. */
  readonly arriving: number;
  /** Workers that hold a message, on the average. */
  readonly busy: number;
}

/** The spell after one more look; a new one where there was none. Of a long one `windowMs` count, the latest. One that began in the future began now. Pure. */
export function lasting(spell: Spell | undefined, { before, seen, now, windowMs }: { readonly before: Seen; readonly seen: Seen; readonly now: number; readonly windowMs: number }): Spell {
  if (!spell) return { since: now, arriving: 0, busy: seen.busy };
  const since = Math.min(spell.since, now);
  const ms = seen.at - before.at;
  if (ms <= 0) return { ...spell, since };
  const share = ms / Math.max(ms, Math.min(now - since, windowMs));
  return { since, arriving: toward(spell.arriving, arrivals(before, seen) / (ms / 1_000), share), busy: toward(spell.busy, (before.busy + seen.busy) / 2, share) };
}
