import type { Traffic } from '@neb/core-types';
import type { ReplicaView } from '../autoscale/sample.ts';
import { templateLabel } from '../crew/labels.ts';
import { type CrewStage, readySince, stageOf } from '../crew/stage.ts';
import type { Resource } from '../store.ts';

/** A container of a service, and what is known of it as a replica. */
export interface Member {
  readonly container: Resource<'Container'>;
  readonly is: CrewStage;
  /** Whether it is of the revision that is wanted. */
  readonly current: boolean;
  /** Whether it is ready and may be relied on: one that has crashed, or is the first of its revision, has to stay ready for a while first. */
  readonly trusted: boolean;
  /** Since when it gets no more requests, in milliseconds since the epoch. */
  readonly drainingSince?: number | undefined;
  /** Requests it works on; `undefined` where no gateway tells. */
  readonly inFlight: number | undefined;
}

export interface MemberFacts {
  readonly containers: readonly Resource<'Container'>[];
  readonly draining: readonly { readonly id: string; readonly since: string }[];
  readonly template: string;
  /** Replicas in a row that ended by themselves. */
  readonly failures: number;
  /** Whether any replica of that revision could be relied on before. */
  readonly isProven: boolean;
  readonly traffic: Traffic | undefined;
  readonly now: number;
}

/** How long one that crashed, or whose fellows did, must be ready before an old one goes for it; and how long the first of a revision. */
const proofMs = { afterCrash: 10_000, ofFirst: 5_000 };

/** Who works for a service. Pure. */
export function membersOf({ containers, draining, template, failures, isProven, traffic, now }: MemberFacts): readonly Member[] {
  return containers.map((container): Member => {
    const since = draining.find(({ id }) => id === container.id)?.since;
    const is = stageOf(container);
    const hasCrashed = container.status.restart_count > 0 || failures > 0;
    const neededMs = hasCrashed ? proofMs.afterCrash : isProven ? 0 : proofMs.ofFirst;
    return {
      container, is,
      current: container.labels[templateLabel] === template,
      trusted: is === 'ready' && now - (readySince(container) ?? now) >= neededMs,
      inFlight: traffic && (traffic.inFlight.get(container.id) ?? 0),
      ...(since !== undefined && { drainingSince: Date.parse(since) }),
    };
  });
}

/** The replicas as whoever decides how many there should be sees them. Pure. */
export function replicaView(members: readonly Member[]): ReplicaView {
  const at = staying(members);
  const [ready, starting] = [at.filter(({ is }) => is === 'ready'), at.filter(({ is }) => is === 'starting')];
  return {
    ready: ready.length,
    starting: starting.map(({ container }) => ({ since: Date.parse(container.createdAt) })),
    busy: ready.filter(({ inFlight = 0 }) => inFlight > 0).length,
    draining: members.filter(({ is, drainingSince }) => is === 'leaving' || (drainingSince !== undefined && is !== 'ended')).length,
  };
}

/** Those that are to stay as they are: neither ended, nor asked to go. */
export function staying(members: readonly Member[]): readonly Member[] {
  return members.filter(({ is, drainingSince }) => (is === 'ready' || is === 'starting') && drainingSince === undefined);
}
