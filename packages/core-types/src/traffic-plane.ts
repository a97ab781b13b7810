import type { RouteGauge } from './routes.ts';

/** What stands at a stable address. */
export interface TrafficOwner {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
}

/** Where a service is reached. */
export interface TrafficDoor {
  /** Host and port of its own. */
  readonly address: string;
  /** The same by name. */
  readonly url: string;
  readonly hosts: readonly string[];
}

/** What passed since the last look, over all gateways. */
export interface Traffic {
  readonly gauge: RouteGauge;
  /** Requests that each replica works on now, by the container's id. */
  readonly inFlight: ReadonlyMap<string, number>;
}

/** The gateways in front of services, as whoever scales them sees them. */
export interface TrafficPlane {
  /** Why there are none, in a sentence; `undefined` where there are. */
  missing(): string | undefined;
  /** Gives it a door that stays as long as it lives; the same one to whoever asks again. */
  open(owner: TrafficOwner, call?: { readonly signal?: AbortSignal }): Promise<TrafficDoor>;
  /** Takes its door away. */
  close(owner: TrafficOwner, call?: { readonly signal?: AbortSignal }): Promise<void>;
  /** What passed since the last look at it; `undefined` where no gateway answers. */
  look(id: string): Traffic | undefined;
}
