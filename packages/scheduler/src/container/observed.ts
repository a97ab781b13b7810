import { type Attempt, type ContainerStatus, formatBytes, type Instance, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { met, sighted } from './sighted.ts';
import { repriced, runningPrice } from './terms.ts';
import { judged, notStalled, patched, patchedAttempt, type Verdict } from './verdict.ts';

export interface Sight {
  readonly container: Resource<'Container'>;
  readonly attempt: Attempt;
  readonly seen: Instance;
  readonly now: number;
  /** By the platform's own clock, where it tells. */
  readonly platformNow?: number | undefined;
}

/** The status of a container whose instance is being made. */
export function observedPending({ container, attempt, seen, now, platformNow = now }: Sight): Verdict {
  const phase = seen.progress?.phase ?? 'starting';
  const pulls = phase === 'pulling' && container.status.progress?.phase !== 'pulling';
  // What failed before has been told and stays in sight until a launch succeeds.
  const recovers = container.status.launch_failures === 0;
  return {
    status: patched(container.status, {
      status: 'creating',
      ready: false,
      message: recovers ? undefined : container.status.message,
      reason: recovers ? undefined : container.status.reason,
      progress: { phase, done_bytes: seen.progress?.doneBytes, total_bytes: seen.progress?.totalBytes },
      attempt: sighted(attempt, seen, platformNow),
      conditions: judged(container, now, ...(recovers ? notStalled(container) : [])),
    }),
    events: pulls ? [tell(container, 'normal', ['Pulling', `pulling ${container.spec.image ?? 'the default image'}`])] : [],
  };
}

/** The status of a container that runs. Where it has a health check, whether it is ready stays as the last check left it. */
export function observedRunning({ container, attempt, seen, now, platformNow = now }: Sight): Verdict {
  const startedAt = attempt.started_at ?? seen.startedAt ?? timestamp(now);
  const ready = container.spec.health_check ? container.status.ready : true;
  const fresh = attempt.started_at === undefined;
  const { asked, suspended } = container.status;
  const price = seen.pricePerHour ?? suspended?.price_per_hour ?? (attempt.paused ? runningPrice(attempt) : undefined);
  const atMs = resumedMs(attempt, seen) ?? platformNow;
  return {
    status: patched(container.status, {
      ...placeOf(seen),
      status: 'running',
      ready,
      message: undefined,
      reason: undefined,
      progress: undefined,
      next_attempt_at: undefined,
      ...(price !== undefined && { cost_per_hr: price }),
      attempt: patchedAttempt(repriced(met(attempt, seen), { price: price ?? attempt.price_per_hour, atMs }), { started_at: startedAt }),
      // Whoever went on with it, it runs.
      suspended: undefined,
      ...(suspended && { idle: undefined }),
      ...(asked?.do === 'resume' && { asked: undefined }),
      launch_failures: 0,
      tried_since: undefined,
      started_at: startedAt,
      finished_at: fresh ? undefined : container.status.finished_at,
      health: container.spec.health_check ? container.status.health : undefined,
      conditions: judged(container, now, readiness(container, ready), ...notStalled(container)).filter((c) => c.type !== 'Healthy' || container.spec.health_check),
    }),
    events: fresh ? [tell(container, 'normal', ['Started', `running on ${attempt.platform}`])] : suspended ? [tell(container, 'normal', ['Resumed', `goes on on ${attempt.platform}`])] : [],
  };
}

/** The status of a container whose instance goes on after it was suspended, and does not run yet: it costs again, where the platform does not tell otherwise what it cost when it ran. */
export function observedReturning({ container, attempt, seen, now, platformNow = now }: Sight): Verdict {
  const price = seen.pricePerHour ?? runningPrice(attempt);
  return { status: patched(container.status, { attempt: repriced(met(attempt, seen), { price, paused: attempt.paused, atMs: platformNow }) }), events: [] };
}

/** The status of a container whose instance is suspended: it costs what the platform says of it now, or nothing. */
export function observedPaused({ container, attempt, seen, now, platformNow = now }: Sight): Verdict {
  const { status, suspended, asked } = container.status;
  const price = seen.pricePerHour ?? '0';
  const size = suspended?.size_bytes === undefined ? '' : `, ${formatBytes(suspended.size_bytes)}`;
  const fresh = status !== 'paused';
  const known = met(attempt, seen);
  const rests = { price: suspended ? price : attempt.price_per_hour, paused: true, atMs: platformNow };
  return {
    status: patched(container.status, {
      status: 'paused',
      ready: false,
      message: undefined,
      reason: undefined,
      progress: undefined,
      address: undefined,
      public_ports: undefined,
      health: undefined,
      ...(suspended && { cost_per_hr: price }),
      ...(asked?.do === 'suspend' && { asked: undefined }),
      // Suspended by a server of before, which did not write since when.
      attempt: fresh || known.paused ? repriced(known, rests) : patchedAttempt(known, { price_per_hour: rests.price, paused: true }),
      conditions: judged(container, now, { type: 'Ready', status: 'false', reason: 'Paused', message: '' }, ...notStalled(container)),
    }),
    events: fresh ? [tell(container, 'normal', ['Suspended', `put aside on ${attempt.platform}${size}, at $${price}/h`])] : [],
  };
}

/** When a platform that starts it again says that it did; `undefined` where it tells of another time, or of none. */
function resumedMs({ paused, terms = [] }: Attempt, { startedAt = '' }: Instance): number | undefined {
  const rested = paused ? terms.findLast((term) => !term.paused) : undefined;
  const startedMs = Date.parse(startedAt);
  return rested && startedMs > Date.parse(rested.until) ? startedMs : undefined;
}

function readiness({ status, spec }: Resource<'Container'>, ready: boolean): { type: string; status: 'true' | 'false'; reason: string; message: string } {
  if (ready) return { type: 'Ready', status: 'true', reason: spec.health_check ? 'Healthy' : 'Running', message: '' };
  return { type: 'Ready', status: 'false', reason: status.health ? 'Unhealthy' : 'Checking', message: status.health?.message ?? '' };
}

function placeOf({ address, ports = [] }: Instance): Pick<ContainerStatus, 'address' | 'public_ports'> {
  return {
    address,
    public_ports: ports.length === 0 ? undefined : ports.map((p) => ({ port: p.port, protocol: p.protocol, public_ip: p.hostAddress, public_port: p.hostPort })),
  };
}
