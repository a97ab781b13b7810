import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '@neb/core-types';

export interface LastKnownOptions {
  readonly clock: Clock;
  /** How long an answer counts without asking again, in milliseconds. */
  readonly freshMs: number;
  /** How long it may count where nobody answers, in milliseconds. */
  readonly keptMs: number;
  /** How long an answer that is known is kept from counting by waiting for a new one, in milliseconds. */
  readonly waitMs: number;
  /** So many are remembered, those that were asked for last. */
  readonly most: number;
}

/** What is revoked is refused within a second, and what was known goes on while no server can be asked. */
export const remembered: LastKnownOptions = { clock: systemClock, freshMs: 1_000, keptMs: 600_000, waitMs: 500, most: 10_000 };

/** What was answered, by what was asked: so that whoever passes the door passes too while nobody can say who it is. */
export interface LastKnown<T> {
  /** A new answer, or the last known where none comes. Rejects where there is neither. */
  of(key: string, ask: () => Promise<T | undefined>): Promise<T | undefined>;
}

interface Known<T> {
  readonly value: T;
  readonly at: number;
}

/** Keeps no key in the clear, and nothing of what has no answer. */
export function lastKnown<T>({ clock, freshMs, keptMs, waitMs, most }: LastKnownOptions): LastKnown<T> {
  const known = new Map<string, Known<T>>();
  const asking = new Map<string, Promise<T | undefined>>();

  async function learn(hash: string, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const at = clock.now();
    const value = await ask();
    known.delete(hash);
    if (value !== undefined) known.set(hash, { value, at });
    const [eldest] = known.keys();
    if (known.size > most && eldest !== undefined) known.delete(eldest);
    return value;
  }

  return {
    async of(key, ask) {
      const hash = createHash('sha256').update(key).digest('base64');
      const before = known.get(hash);
      const age = before === undefined ? Infinity : Math.abs(clock.now() - before.at);
      if (before !== undefined && age < freshMs) return before.value;
      const learning = asking.get(hash) ?? learn(hash, ask).finally(() => asking.delete(hash));
      asking.set(hash, learning);
      if (before === undefined || age >= keptMs) return await learning;
      const waited = new AbortController();
      try {
        return await Promise.race([learning, clock.sleep(waitMs, waited.signal).then(() => before.value)]);
      } catch {
        return before.value;
      } finally {
        waited.abort();
      }
    },
  };
}
