/** What a container's author wants of moves to cheaper places. */
export interface MovePolicy {
  /** How much cheaper a place must be, of the price here: 0.3 is 30 %. */
  readonly cheaperBy: number;
  /** For how long it must have been so without a break: prices that only flicker are not followed. */
  readonly holdMs: number;
  /** Most moves within any hour. */
  readonly mostAnHour: number;
}

/** How long a move takes: measured at this container's last one, else expected from its size. */
export interface MoveTime {
  /** From the save to the end of the old instance: both are paid. */
  readonly tookMs: number;
  /** Of that, how long it stands still. */
  readonly downMs: number;
}

export interface MoveFacts {
  readonly now: number;
  /** US dollars. */
  readonly herePerHour: number;
  /** Of the cheapest place where it would go on; `undefined` where there is none. */
  readonly therePerHour: number | undefined;
  /** Since when some place is cheaper by enough, in milliseconds since the epoch. */
  readonly cheaperSince: number | undefined;
  /** How long it will run on, as `expectedMs` says. */
  readonly remainingMs: number;
  readonly time: MoveTime;
  /** When it was last moved by this policy. */
  readonly movedAt: number | undefined;
  readonly policy: MovePolicy;
}

/** What a move would bring, in US dollars and milliseconds. */
export interface Balance {
  readonly savesPerHour: number;
  readonly costs: number;
  /** How long it has to run there until the move has paid for itself. */
  readonly breakEvenMs: number;
}

export type MoveVerdict =
  | ({ readonly move: true } & Balance)
  | ({ readonly move: false; readonly why: 'nowhere' | 'not cheaper' | 'too new' | 'too late' | 'moved lately'; readonly lookAgainMs?: number | undefined } & Partial<Balance>);

/** A run must promise so many times what pays for the move: what is expected of it is a guess. */
const margin = 2;
const hourMs = 3_600_000;

/** Whether a container is to move to a cheaper place now. Pure. */
export function worthMoving({ now, herePerHour, therePerHour, cheaperSince, remainingMs, time, movedAt, policy }: MoveFacts): MoveVerdict {
  if (therePerHour === undefined) return { move: false, why: 'nowhere' };
  if (!isCheaper({ herePerHour, therePerHour, policy })) return { move: false, why: 'not cheaper' };
  const savesPerHour = herePerHour - therePerHour;
  // The new place is paid while the old one still is, and what stood still is made up for there.
  const costs = (therePerHour * (time.tookMs + time.downMs)) / hourMs;
  const balance = { savesPerHour, costs, breakEvenMs: (costs / savesPerHour) * hourMs };
  if (remainingMs < margin * (balance.breakEvenMs + time.tookMs)) return { move: false, why: 'too late', ...balance };
  const restMs = movedAt === undefined ? 0 : apart(policy) - Math.abs(now - movedAt);
  if (restMs > 0) return { move: false, why: 'moved lately', lookAgainMs: restMs, ...balance };
  const heldMs = cheaperSince === undefined ? 0 : Math.max(0, now - cheaperSince);
  if (heldMs < policy.holdMs) return { move: false, why: 'too new', lookAgainMs: policy.holdMs - heldMs, ...balance };
  return { move: true, ...balance };
}

/** Whether a place is cheaper by enough. */
export function isCheaper({ herePerHour, therePerHour, policy }: Pick<MoveFacts, 'herePerHour' | 'policy'> & { readonly therePerHour: number }): boolean {
  return therePerHour < herePerHour && therePerHour <= herePerHour * (1 - policy.cheaperBy);
}

/** So far apart, no hour has more moves than it may, wherever it begins. */
function apart({ mostAnHour }: MovePolicy): number {
  return hourMs / mostAnHour;
}

/**
 * How long a container is expected to run on: what its timeout leaves it, at most as long again as it ran so far. Of processes of one age half live
 * to twice that age (Harchol-Balter and Downey, "Exploiting Process Lifetime Distributions for Dynamic Load Balancing", 1997).
 */
export function expectedMs({ ranMs, timeoutLeftMs = Infinity }: { readonly ranMs: number; readonly timeoutLeftMs?: number | undefined }): number {
  return Math.max(0, Math.min(ranMs, timeoutLeftMs));
}
