import type { Replica } from '@neb/core-types';
import { buildConnector, Pool } from 'undici';
import { pieceBytes } from '../listen/accept.ts';
import { connectorOver, type Dial, type Open, openerOf } from '../pass/dial.ts';
import { afterAnswer, type Latency, unknownLatency } from './ewma.ts';
import { afterOutcome, goodStanding, type Standing } from './outlier.ts';

/** A replica with what is known of it and the connections to it. */
export interface Member {
  readonly id: string;
  readonly origin: string;
  /** What it is told apart by: one at another place is another. */
  readonly place: string;
  readonly pool: Pool;
  /** How it is reached where it has to be dialled. */
  readonly open: Open | undefined;
  zone: string | undefined;
  draining: boolean;
  /** It gets no request until this answers; `undefined` once that has, or for one that is known to be ready. */
  check: string | undefined;
  /** It answered its check, since it was last told to be ready. */
  answered: boolean;
  /** It is no longer among the route's replicas; what it works on ends. */
  gone: boolean;
  inFlight: number;
  latency: Latency;
  standing: Standing;
  notBefore: number;
  most: number;
  /** It accepted a connection. Until then it is sent one request at a time. */
  proven: boolean;
  /** Connections in a row that it did not accept. */
  refusals: number;
}

/** How long a replica may take to accept a connection, in milliseconds. */
const connectMs = 2_000;
/** How a connection is opened. The size goes on to Node's socket; undici's types leave it out. */
const dialling = { timeout: connectMs, autoSelectFamily: false, highWaterMark: pieceBytes * 2 };

export function member(replica: Replica, dial?: Dial): Member {
  const open = openerOf(replica, dial);
  const connect = tellingResets(open ? connectorOver(open, replica.origin) : buildConnector(dialling));
  return {
    id: replica.id,
    origin: replica.origin,
    place: placeOf(replica),
    // Deadlines are the route's own; a quiet stream is none of the gateway's business.
    pool: new Pool(replica.origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect }),
    open,
    zone: replica.zone,
    draining: replica.draining ?? false,
    check: replica.check,
    answered: false,
    gone: false,
    inFlight: 0,
    latency: unknownLatency,
    standing: goodStanding,
    notBefore: 0,
    most: 1,
    proven: false,
    refusals: 0,
  };
}

/** undici (7.30) takes an answer that lasts as long as its connection for whole where that is reset, as macOS does after a whole one. This can go once it does not. */
function tellingResets(connect: buildConnector.connector): buildConnector.connector {
  return (to, done) => connect(to, (...made) => {
    made[1]?.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') error.code = 'EPIPE';
    });
    done(...made);
  });
}

export function placeOf({ id, origin, via }: Replica): string {
  return `${id} ${origin}${via ? ` ${via.platform} ${via.ref}` : ''}`;
}

/** It took a connection. */
export function accepted(of: Member): void {
  of.proven = true;
  of.refusals = 0;
}

/**
 * It took no connection: nothing is sent for a moment. A replica that never accepted one is just starting and is asked
 * again soon.
 */
export function refused(of: Member, now: number): void {
  const [firstMs, longestMs] = of.proven ? [100, 1_000] : [5, 40];
  of.notBefore = now + Math.min(longestMs, firstMs * 2 ** Math.min(10, of.refusals));
  of.refusals += 1;
}

/** An answer began, or a fault took its place. Only `mayEject` of its fellows lets faults put it aside. */
export function judged(of: Member, outcome: { readonly good: boolean; readonly tookMs?: number }, { now, mayEject }: { readonly now: number; readonly mayEject: boolean }): void {
  if (outcome.tookMs !== undefined && outcome.good) of.latency = afterAnswer(of.latency, outcome.tookMs, now);
  of.standing = afterOutcome(of.standing, outcome.good, { now, mayEject });
}
