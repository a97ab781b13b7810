/** How many replicas there may be. */
export interface Bounds {
  /** Fewest; with 0 it can scale to nothing. */
  readonly min: number;
  /** Most, whatever else is said. */
  readonly max: number;
}

/** A decision, without the bounds. */
export interface Choice {
  readonly desired: number;
  readonly reason: string;
}

/** How long nothing happens before the last replica goes, where the manifest is silent: 10 minutes. */
export const usualZeroMs = 600_000;

const usual = { min: 1, max: 10 };

/** The bounds of a manifest. Where it is silent: 1 (0 where no more are allowed) to 10, or to the fewest if that is more. Pure. */
export function boundsOf({ min_replicas, max_replicas }: { readonly min_replicas?: number | undefined; readonly max_replicas?: number | undefined }): Bounds {
  const min = min_replicas ?? Math.min(usual.min, max_replicas ?? usual.max);
  return { min, max: max_replicas ?? Math.max(min, usual.max) };
}

/** A manifest of which no more than the fewest may run. Pure. */
export function fewest<T extends Parameters<typeof boundsOf>[0]>(spec: T): T {
  return { ...spec, max_replicas: boundsOf(spec).min };
}

/** The same decision within the bounds. Pure. */
export function bounded<T extends Choice>(choice: T, { min, max }: Bounds): T {
  const { desired, reason } = choice;
  if (desired > max) return { ...choice, desired: max, reason: `${reason}, though ${desired} would do more` };
  return desired < min ? { ...choice, desired: min, reason: `${reason}, at least ${min}` } : choice;
}

/** What is said of a decision: its reason, and what comes of it. Pure. */
export function inWords({ desired, reason }: Choice, { max }: Bounds): string {
  return `${reason}: ${desired === 0 ? 'none' : desired} of at most ${max}`;
}
