/** Keeps repeated requests a share of all, so that a replica in trouble is not sent more than it had. */
export interface RetryBudget {
  /** A request came. */
  earn(): void;
  /** Whether one may be sent again; it is counted if so. */
  spend(): boolean;
}

/** One in five may be a repetition, and a few a second however little comes. */
export const share = 0.2;
export const perSecond = 3;
/** What is not used is kept for so many at most. */
export const mostKept = 100;

export function retryBudget(now: () => number): RetryBudget {
  let kept = perSecond;
  let at = now();
  const grow = (by: number): void => void (kept = Math.min(mostKept, kept + by));
  return {
    earn: () => grow(share),
    spend() {
      const time = now();
      grow(((time - at) / 1_000) * perSecond);
      at = time;
      if (kept < 1) return false;
      kept -= 1;
      return true;
    },
  };
}
