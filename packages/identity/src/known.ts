import type { Clock } from '@neb/core-types';

/** What was looked up a moment ago. */
export interface Known<Value> {
  get(key: string): Value | undefined;
  /** Forgets the oldest where it is full. */
  set(key: string, value: Value): void;
  clear(): void;
}

export interface KnownOptions {
  readonly clock: Clock;
  readonly lifeMs: number;
  /** Most that is remembered at once. */
  readonly limit: number;
}

/** Remembers values for `lifeMs`, and never more than `limit` of them: whoever makes up keys fills no memory. */
export function known<Value>({ clock, lifeMs, limit }: KnownOptions): Known<Value> {
  const entries = new Map<string, { readonly value: Value; readonly untilMs: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      return entry && entry.untilMs > clock.now() ? entry.value : undefined;
    },
    set(key, value) {
      // All live equally long, so the first in the map are the first to end.
      entries.delete(key);
      entries.set(key, { value, untilMs: clock.now() + lifeMs });
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },
    clear: () => entries.clear(),
  };
}
