import type { RouteChange } from '@neb/core-types';
import type { GatewayLimits, Listen } from '../options.ts';
import type { GatewayGauge } from '../tally.ts';

/** How a worker begins. */
export interface WorkerStart {
  readonly host: string;
  readonly port: number;
  readonly tls: Listen['tls'];
  readonly policy: string;
  readonly data: unknown;
  readonly limits: Partial<GatewayLimits> | undefined;
  readonly results: string | undefined;
  readonly zone: string | undefined;
  readonly gaugesEveryMs: number;
  readonly orphanMs: number;
}

/** From the first process to a worker. */
export type ToWorker =
  | { readonly kind: 'start'; readonly start: WorkerStart }
  | { readonly kind: 'change'; readonly change: RouteChange }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly kind: 'drain'; readonly ms: number };

/** From a worker to the first process. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: string }
  /** Of those routes of which there is something new. */
  | { readonly kind: 'gauges'; readonly gauges: readonly GatewayGauge[] }
  | { readonly kind: 'told'; readonly told: unknown }
  | { readonly kind: 'ask'; readonly id: number; readonly question: unknown }
  | { readonly kind: 'wake'; readonly id: number; readonly routeId: string }
  | { readonly kind: 'trouble'; readonly error: string }
  | { readonly kind: 'drained'; readonly left: number };
