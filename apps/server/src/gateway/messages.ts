import type { RequestRate, Route, RouteChange } from '@neb/core-types';
import type { GatewayGauge } from '@neb/gateway';

/** How the gateway of a data folder is to be. One that runs otherwise is not taken over. */
export interface GatewaySettings {
  /** Of neb: what another version means by a message may be something else. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** Processes that serve. */
  readonly workers: number;
  /** Where it is, as PLATFORM/REGION, if that is known. */
  readonly zone?: string | undefined;
  /** Where what belongs to its processes lies. */
  readonly folder: string;
  /** The unix socket at which servers find it. */
  readonly socket: string;
  /** The unix socket at which its first process dials into containers that no address leads to. */
  readonly dials: string;
  /** Where facts are written down. */
  readonly facts: string;
  /** How long it goes on without any server. */
  readonly orphanMs: number;
}

export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
}

/** What the gateway's processes cannot know by themselves. */
export type Question =
  /** Who a token of the platform is of. */
  | { readonly ask: 'caller'; readonly token: string }
  /** What the tokens of a route's own are signed with. */
  | { readonly ask: 'secret'; readonly route: Route }
  /** Somebody waits for it. */
  | { readonly ask: 'wake'; readonly id: string };

/** What workers are given to begin with. */
export type PolicyData = Pick<GatewaySettings, 'dials'>;

/** What workers ask of the gateway's first process. */
export type WorkerQuestion = Question | { readonly ask: 'rate'; readonly route: { readonly id: string; readonly rate: RequestRate }; readonly caller: string };

/** From a server to the gateway. */
export type ToGateway =
  /** How its platforms are set up: what only they lead to is reached so also while no server is there. The first. */
  | { readonly kind: 'platforms'; readonly setup: string }
  | { readonly kind: 'change'; readonly change: RouteChange }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }
  /** It goes in order. Without another one the gateway ends, within this time. */
  | { readonly kind: 'leave'; readonly drainMs: number };

/** From the gateway to a server. */
export type FromGateway =
  /** The first, to each. */
  | { readonly kind: 'welcome'; readonly settings: GatewaySettings }
  /** Of several servers one tells the routes, from now on: you. */
  | { readonly kind: 'lead' }
  /** It listens. */
  | { readonly kind: 'open'; readonly address: GatewayAddress }
  /** It cannot, and ends. */
  | { readonly kind: 'failed'; readonly error: string }
  /** Of those routes of which there is something new. */
  | { readonly kind: 'gauges'; readonly gauges: readonly GatewayGauge[] }
  /** There are facts on disk that were not there before. */
  | { readonly kind: 'counted' }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'trouble'; readonly error: string };
