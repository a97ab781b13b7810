import type { Clock, Random, RouteFeed } from '@neb/core-types';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { Dial } from './pass/dial.ts';
import type { Admission, Observer } from './passage.ts';

/** Whoever brings up replicas of a route that has none. */
export interface Waker {
  /** Somebody waits for `routeId`. Resolves once that has been passed on, not once there is a replica. */
  wake(routeId: string, signal: AbortSignal): Promise<void>;
}

/** Where a gateway listens. */
export interface Listen {
  /** 127.0.0.1 if absent. */
  readonly host?: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
  /** A unix socket to listen at instead of a port. Whoever may connect there has no address, and names a route by its host alone. */
  readonly path?: string | undefined;
  /** Whose connections are taken, by the address they come from; everybody's if absent. Others are ended before a word is read. */
  readonly lets?: ((address: string) => boolean) | undefined;
  /** With it HTTP/1.1 and HTTP/2 over TLS, by ALPN; without it both in the clear on one port, HTTP/2 by prior knowledge. */
  readonly tls?: (SecureContextOptions & Pick<TlsOptions, 'SNICallback'>) | undefined;
}

/** What one client, or all of them together, may use up. */
export interface GatewayLimits {
  /** Of a request's header, its first line included; 16,384 bytes. */
  readonly headerBytes: number;
  /** Header fields of a request; 100. */
  readonly headers: number;
  /** Of a request's target; 8,192 bytes. */
  readonly targetBytes: number;
  /** How long a header may take to arrive; 10,000 ms. */
  readonly headerMs: number;
  /** How long a connection without a request is kept; 65,000 ms. */
  readonly keepAliveMs: number;
  /** How long a body may stand still that its sender owes, or its reader does not take; 60,000 ms. */
  readonly stallMs: number;
  /** Requests on one HTTP/2 connection at once; 250. */
  readonly streams: number;
  /** Requests that wait for a replica, over all routes; 10,000. */
  readonly waiting: number;
  /** Bytes of headers of those; 64 MiB. Their bodies stay with the clients. */
  readonly waitingBytes: number;
}

export const defaultLimits: GatewayLimits = {
  headerBytes: 16_384,
  headers: 100,
  targetBytes: 8_192,
  headerMs: 10_000,
  keepAliveMs: 65_000,
  stallMs: 60_000,
  streams: 250,
  waiting: 10_000,
  waitingBytes: 64 * 1_024 * 1_024,
};

export interface GatewayOptions {
  readonly feed: RouteFeed;
  readonly listen: Listen;
  readonly admission: Admission;
  readonly observer?: Observer | undefined;
  readonly waker: Waker;
  /** How replicas with a `via` are reached; they are not if absent. */
  readonly dial?: Dial | undefined;
  readonly limits?: Partial<GatewayLimits> | undefined;
  /**
   * A folder for answers that their clients come back for, as `Prefer: respond-async` of RFC 7240 asks; several gateways of the same routes may
   * share one. Without it every client waits.
   */
  readonly results?: string | undefined;
  /** Replicas there are preferred. */
  readonly zone?: string | undefined;
  /** Whether the peer at an address is a proxy of ours, whose `X-Forwarded-…` and `Forwarded` are true; none is if absent. */
  readonly trusts?: ((address: string) => boolean) | undefined;
  /** Milliseconds of which only differences count; the machine's own if absent. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  readonly random?: Random | undefined;
  /** Told of what nobody waits for, such as a port that is taken or a feed that broke. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
}
