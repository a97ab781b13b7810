import type { InstanceRef } from './provider.ts';
import type { Meter } from './resources/container-parts.ts';
import type { Authz } from './resources/authz.ts';

/** One running container that answers requests. */
export interface Replica {
  /** The container's id. */
  readonly id: string;
  /** Where it listens as seen from the gateway, such as `http://172.17.0.2:8000`; without a path. Of one that has to be dialled the port alone counts. */
  readonly origin: string;
  /** By which instance it is dialled, where no address of its leads there from here. */
  readonly via?: InstanceAt;
  /** It takes no new requests and finishes those it has. */
  readonly draining?: boolean;
  /** It is not known to be ready and gets requests once this answers: an `http` URL with 2xx or 3xx, or `tcp://host:port` by taking a connection. Asked only while somebody waits. */
  readonly check?: string;
  /** Where it is, as PLATFORM/REGION; one in the gateway's own zone is preferred. */
  readonly zone?: string;
}

/** An instance of a platform, as whoever has that platform finds it. */
export interface InstanceAt {
  readonly platform: string;
  readonly ref: InstanceRef;
}

/** How often a request may come. */
export interface RequestRate {
  /** Requests a second, over a longer time. */
  readonly perSecond: number;
  /** How many may come at once. */
  readonly burst: number;
  /** Counted for each caller, or for all of them together. */
  readonly per: 'caller' | 'route';
}

/** What is written down of a key that opens one door. */
export interface DoorKey {
  readonly id: string;
  readonly sha256: string;
  /** From when it opens nothing any more, in milliseconds since the epoch; never if absent. */
  readonly expiresMs?: number | undefined;
}

/** What stands at one stable address: a service, or a container with a `proxy_port`. */
export interface Route {
  /** The object's id. */
  readonly id: string;
  readonly kind: 'Service' | 'Container';
  readonly namespace: string;
  readonly name: string;
  readonly owner: string;
  /** Host names it answers to: lower case, without port. No two routes share one. */
  readonly hosts: readonly string[];
  /** The port that belongs to it alone at every address of the gateway, if it has one. */
  readonly port?: number;
  /** Of a container: its `proxy_port`, by which those in its namespace know it. */
  readonly proxyPort?: number;
  readonly replicas: readonly Replica[];
  /** Most requests that one replica works on at once; without bound if absent. What is more waits. */
  readonly maxInFlight?: number;
  /** How long a request may wait for a replica, in milliseconds. */
  readonly holdMs: number;
  /** How long a new replica takes until it answers, in milliseconds, as learnt. */
  readonly startMs?: number;
  /** How long an answer may take to begin, in milliseconds; without bound if absent. */
  readonly timeoutMs?: number;
  readonly rate?: RequestRate;
  /** Who may reach it, its owner's members included; they alone if absent. */
  readonly authz?: Authz;
  /** Who holds one of these may reach it too. */
  readonly keys?: readonly DoorKey[];
  /** What is counted of requests and answers. */
  readonly meters: readonly Meter[];
}

/** A change of what is reachable. */
export type RouteChange = { readonly put: Route } | { readonly remove: string } | { readonly synced: true };

/** Where a gateway learns its routes. `synced` comes once all that there are have been told; changes follow. */
export interface RouteFeed {
  watch(call?: { readonly signal?: AbortSignal }): AsyncIterable<RouteChange>;
}

/** What a gateway saw of a route since it last told, in one process: what a service is scaled by. */
export interface RouteGauge {
  readonly id: string;
  /** Requests a replica works on now. */
  readonly inFlight: number;
  /** Requests that wait for a replica now. */
  readonly waiting: number;
  /** Requests answered since the last gauge. */
  readonly answered: number;
  /** Answers of 5xx since the last gauge. */
  readonly failed: number;
  /** Times to the first byte of the answers since the last gauge, waiting for a replica left out: milliseconds, at most 1,000 drawn at random. */
  readonly latenciesMs: readonly number[];
}

/** One thing that passed the door and is counted; `key` is the same however often it is told. */
export interface RouteFact {
  readonly key: string;
  readonly at: string;
  readonly route: string;
  readonly kind: Route['kind'];
  readonly namespace: string;
  readonly owner: string;
  /** Who asked, where that is known. */
  readonly caller?: string;
  /** Which meter counted it, by its place in the route's list. */
  readonly meter: number;
  /** What that meter asked then: it may ask something else by the time this is billed. Absent in what older versions wrote. */
  readonly asks?: Pick<Meter, 'metric' | 'currency' | 'cost' | 'costp'>;
  readonly unit: string;
  /** A decimal number. */
  readonly value: string;
  /** Why it could not be counted, such as an answer too large to be looked into; the value is then 0. */
  readonly problem?: string;
}
