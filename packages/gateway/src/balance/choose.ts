import { costOf, type Latency } from './ewma.ts';
import { isEjected, type Standing } from './outlier.ts';

/** A replica as the choice sees it. */
export interface Candidate {
  readonly zone: string | undefined;
  readonly latency: Latency;
  readonly standing: Standing;
  readonly inFlight: number;
  readonly draining: boolean;
  /** Nothing is sent before this has answered. */
  readonly check?: string | undefined;
  /** Nothing is sent before: it did not accept a connection a moment ago. */
  readonly notBefore: number;
  /** Most that it takes at once. */
  readonly most: number;
}

export interface Circumstances {
  readonly now: number;
  /** Where the gateway is. */
  readonly zone: string | undefined;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Not this one: it just failed the same request. Taken all the same where there is no other. */
  readonly except?: Candidate | undefined;
}

/**
 * Which replica gets the next request: of two drawn at random the one that promises to be quicker, from the gateway's
 * own zone as long as one there has room. `undefined` where none may be sent anything now.
 */
export function choose<C extends Candidate>(candidates: readonly C[], circumstances: Circumstances): C | undefined {
  const { now, zone, random, except } = circumstances;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return hasRoom(only, now) ? only : undefined;
  let open = candidates.filter((one) => hasRoom(one, now));
  // Where all that have room are put aside, one that may work is better than none.
  const well = open.filter((one) => !isEjected(one.standing, now));
  if (well.length > 0) open = well;
  const others = open.filter((one) => one !== except);
  if (others.length > 0) open = others;
  if (open.length === 0) return undefined;
  if (open.length > 1 && zone !== undefined) {
    const near = open.filter((one) => one.zone === zone);
    if (near.length > 0) open = near;
  }
  if (open.length === 1) return open[0];
  const first = Math.floor(random() * open.length);
  // Another one than the first, each as likely.
  const second = (first + 1 + Math.floor(random() * (open.length - 1))) % open.length;
  const [a, b] = [open[first]!, open[second]!];
  return costOf(b.latency, b.inFlight, now) < costOf(a.latency, a.inFlight, now) ? b : a;
}

function hasRoom({ draining, check, notBefore, inFlight, most }: Candidate, now: number): boolean {
  return !draining && check === undefined && inFlight < most && now >= notBefore;
}
