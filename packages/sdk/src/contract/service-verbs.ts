import type { Caller, Event, Service, ServiceRevision, ServiceStatus } from '@neb/core-types';
import type { Objects, Ref } from './services.ts';

/** How far the change that was asked for last has come. */
export interface RolloutView {
  readonly namespace: string;
  readonly name: string;
  /** `pending`: asked for, and not begun. `rolling`: replicas are being replaced. `idle`: none is wanted, and the next one will be of it. `good`: all are of it and ready. `failed`: given up, and `message` says why. */
  readonly state: 'pending' | 'idle' | ServiceRevision['outcome'];
  /** What was asked for last; absent before the first. */
  readonly asked?: number | undefined;
  /** The revision that replicas are to be of: another than `asked` where that was given up. */
  readonly revision: number;
  readonly message?: string | undefined;
  readonly replicas: ServiceStatus['replicas'];
  /** The latest revisions, the newest first. */
  readonly history: readonly ServiceRevision[];
}

/** When a service's replicas become more or fewer, with the defaults of what its manifest leaves out. */
export interface LatencyPolicyView {
  readonly min: number;
  readonly max: number;
  readonly up: { readonly aboveMs: number; readonly holdMs: number };
  readonly down: { readonly belowMs: number; readonly holdMs: number };
  readonly zero?: { readonly holdMs: number } | undefined;
}

/** Why a service has as many replicas as it has. */
export interface ServiceExplanation {
  readonly service: Service;
  /** What the gateways saw last; absent where none answers. */
  readonly traffic?: ServiceStatus['traffic'];
  readonly policy: LatencyPolicyView;
  readonly replicas: readonly { readonly name: string; readonly id: string; readonly status: string; readonly ready: boolean; readonly draining: boolean; /** Whether it is of the revision that replicas are to be of. */ readonly current: boolean }[];
  readonly decision?: ServiceStatus['decision'];
  readonly rollout: RolloutView;
  readonly events: readonly Event[];
}

export interface UndoInput {
  readonly ref: Ref;
  /** The last one that was good before the present one, if absent. */
  readonly revision?: number | undefined;
}

/** A key of one service's door, without its secret. It opens that door, and nothing else. */
export interface DoorKeyView {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly created_by: string;
  /** Never if absent. */
  readonly expires_at?: string | undefined;
}

/** A new key, and the token that is shown in this answer and never again. */
export interface NewDoorKeyView {
  readonly key: DoorKeyView;
  readonly token: string;
}

export interface DoorKeyInput {
  readonly ref: Ref;
  /** Unique among the service's. */
  readonly name: string;
  /** RFC 3339; never if absent, or when the key does that it is made with. */
  readonly expires_at?: string | undefined;
}

/** The keys of services' doors. */
export interface ServiceKeys {
  /** Throws `conflict` where the service has a key of this name that has not expired. */
  createKey(who: Caller, input: DoorKeyInput): Promise<NewDoorKeyView>;
  /** Those that have expired too, until the next is made. */
  keys(who: Caller, ref: Ref): Promise<readonly DoorKeyView[]>;
  /** It opens nothing once the gateways have heard of it. */
  revokeKey(who: Caller, input: { readonly ref: Ref; readonly id: string }): Promise<DoorKeyView>;
}

/** What may be done with services. */
export interface ServiceVerbs extends Objects<Service>, ServiceKeys {
  /** Keeps so many replicas until the manifest is applied again; without a number the autoscaler decides again. */
  scale(who: Caller, input: { readonly ref: Ref; readonly replicas?: number | undefined }): Promise<Service>;
  explain(who: Caller, ref: Ref): Promise<ServiceExplanation>;
  rollout(who: Caller, ref: Ref): Promise<RolloutView>;
  /** Makes it what it was at an earlier revision; `not_found` where that is not kept. Answers before any replica is replaced. */
  undo(who: Caller, input: UndoInput): Promise<Service>;
  /** Replaces all replicas by new ones of the same. Answers before any is replaced. */
  restart(who: Caller, ref: Ref): Promise<Service>;
}
