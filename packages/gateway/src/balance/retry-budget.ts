/** Keeps repeated requests a share of all, so that replicas in trouble are not sent more than they had. */
export interface RetryBudget {
  /** A request came. */
  earn(): void;
  /** Whether one may be sent again; it is counted if so. */
  spend(): boolean;
}

/** One in five may be a repetition, and a few a second however little comes. */
const share = 0.2;
export const perSecond = 3;
/** What is not used fades: after so many milliseconds a third of it is left. */
export const fadeMs = 10_000;

export function retryBudget(now: () => number): RetryBudget {
  let kept = perSecond;
  let at = now();
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
    spend() {
      pass();
      if (kept < 1) return false;
      kept -= 1;
      return true;
    },
  };
}
