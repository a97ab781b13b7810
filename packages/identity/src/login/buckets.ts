import type { Clock } from '@neb/core-types';

export interface BucketOptions {
  readonly clock: Clock;
  /** How many may come at once. */
  readonly burst: number;
  /** How long until one more may come. */
  readonly refillMs: number;
}

/** Token buckets by key, at most 10,000 of them: past that the one longest unused is forgotten, which is as good as full. */
export function buckets({ clock, burst, refillMs }: BucketOptions): (key: string) => boolean {
  const all = new Map<string, { readonly left: number; readonly atMs: number }>();
  return (key) => {
    const now = clock.now();
    const known = all.get(key);
    const left = known ? Math.min(burst, known.left + (now - known.atMs) / refillMs) : burst;
    all.delete(key);
    all.set(key, { left: left >= 1 ? left - 1 : left, atMs: now });
    const [oldest] = all.keys();
    if (all.size > most && oldest !== undefined) all.delete(oldest);
    return left >= 1;
  };
}

const most = 10_000;
