/** Keeps repeated requests a share of all, so that replicas in trouble are not sent more than they had. */
export interface RetryBudget {
  /** A request came. */
  earn(): void;
  /** Whether one may be sent again while so many are under way; it is counted if so, until it is over. */
  spend(underWay: number): boolean;
  /** So many that were sent again are over. */
  over(count: number): void;
}

/** One in five may be a repetition, of those that came or of those that are under way: a replica that dies with many slow ones has them all sent again at once. And a few a second however little comes. */
const share = 0.2;
export const perSecond = 3;
/** What is not used fades: after so many milliseconds a third of it is left. */
export const fadeMs = 10_000;

export function retryBudget(now: () => number): RetryBudget {
  let kept = perSecond;
  let at = now();
  let again = 0;
  const pass = (): void => {
    const time = now();
    const passedMs = time - at;
    // Many come within the same moment.
    if (passedMs < 10) return;
    at = time;
    const left = Math.exp(-passedMs / fadeMs);
    kept = kept * left + perSecond * (fadeMs / 1_000) * (1 - left);
  };
  return {
    earn() {
      pass();
      kept += share;
    },
    spend(underWay) {
      pass();
      if (kept < 1 && again >= share * underWay) return false;
      kept = Math.max(0, kept - 1);
      again += 1;
      return true;
    },
    over(count) {
      again -= count;
    },
  };
}
