/** How a replica has behaved of late. */
export interface Standing {
  /** Faults without a good answer between them. */
  readonly faults: number;
  /** How often it was put aside, less the times it did well for long. */
  readonly ejections: number;
  /** Until when it is put aside; 0 if it is not. */
  readonly until: number;
}

export const goodStanding: Standing = { faults: 0, ejections: 0, until: 0 };

/** So many faults in a row put a replica aside. */
export const faultsInRow = 5;
/** How long, the first time; doubling up to the longest. */
export const firstMs = 5_000;
const longestMs = 300_000;

/** What an answer tells: one that is good, or a fault (a connection that failed, or 5xx). `mayEject`: fewer than half of the replicas are put aside. */
export function afterOutcome(before: Standing, isGood: boolean, { now, mayEject }: { readonly now: number; readonly mayEject: boolean }): Standing {
  if (isGood) {
    if (before === goodStanding || (before.faults === 0 && before.ejections === 0)) return before;
    const wellForLong = before.ejections > 0 && before.until > 0 && now - before.until >= ejectionMs(before.ejections);
    return wellForLong ? { faults: 0, ejections: before.ejections - 1, until: before.ejections > 1 ? now : 0 } : { ...before, faults: 0 };
  }
  const faults = before.faults + 1;
  if (faults < faultsInRow || !mayEject || now < before.until) return { ...before, faults };
  const ejections = before.ejections + 1;
  return { faults: 0, ejections, until: now + ejectionMs(ejections) };
}

export function isEjected({ until }: Standing, now: number): boolean {
  return now < until;
}

function ejectionMs(ejections: number): number {
  return Math.min(longestMs, firstMs * 2 ** (ejections - 1));
}
