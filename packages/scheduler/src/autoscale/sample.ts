/** What a stream's consumer group shows at one moment. */
export interface PressureSample {
  /** When it was taken, in milliseconds since the epoch. */
  readonly at: number;
  /** Messages that no worker was given yet. */
  readonly backlog: number;
  /** Messages given to a worker, or to one that is gone, and not acknowledged. */
  readonly pending: number;
  /** Messages acknowledged so far: a counter of the group that only grows, until its Redis is lost. */
  readonly acknowledged: number;
  /** Age of the oldest message not acknowledged, in milliseconds: for the reason, nothing else follows from it. */
  readonly oldestMs?: number | undefined;
}

/** A processor's workers at the moment of a sample. Each is in one of `ready`, `starting` and `draining`. */
export interface ReplicaView {
  /** Running and taking messages. */
  readonly ready: number;
  /** Asked for and not ready yet, each with the moment it was asked for, in milliseconds since the epoch. */
  readonly starting: readonly { readonly since: number }[];
  /** Those of `ready` that hold a message. */
  readonly busy: number;
  /** Take no more messages and go when they have finished theirs. They are no part of `desired`. */
  readonly draining: number;
}

/** A sample and its replicas with every number finite and at least 0, taken no later than `now`. */
export interface Observation {
  readonly at: number;
  readonly backlog: number;
  readonly pending: number;
  readonly acknowledged: number;
  readonly ready: number;
  readonly busy: number;
  /** Whoever works on messages: `ready` and `draining`. */
  readonly working: number;
  readonly starting: readonly { readonly since: number }[];
}

/** Nothing that comes from outside makes arithmetic go wrong: what is no number counts as 0. Pure. */
export function observation(sample: PressureSample, replicas: ReplicaView, now: number): Observation {
  const ready = whole(replicas.ready);
  return {
    at: Math.min(finite(sample.at), now),
    backlog: finite(sample.backlog),
    pending: finite(sample.pending),
    acknowledged: finite(sample.acknowledged),
    ready,
    busy: Math.min(whole(replicas.busy), ready),
    working: ready + whole(replicas.draining),
    starting: replicas.starting.map(({ since }) => ({ since: Math.min(finite(since), now) })),
  };
}

/** What there is to do: messages that wait, and messages in hand. Pure. */
export function pressureOf({ backlog, pending }: Pick<Observation, 'backlog' | 'pending'>): number {
  return backlog + pending;
}

/** `value` where it is a number above 0 that can be reckoned with, else 0. */
export function finite(value: number): number {
  return value > 0 ? Math.min(value, Number.MAX_SAFE_INTEGER) : 0;
}

/** The same, without its fraction. */
export function whole(value: number): number {
  return Math.floor(finite(value));
}
