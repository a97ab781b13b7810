import { type Attempt, type ContainerStatus, type Instance, timestamp } from '@neb/core-types';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { sighted } from './sighted.ts';
import { judged, notStalled, patched, patchedAttempt, type Verdict } from './verdict.ts';

export interface Sight {
  readonly container: Resource<'Container'>;
  readonly attempt: Attempt;
  readonly seen: Instance;
  readonly now: number;
}

/** The status of a container whose instance is being made. */
export function observedPending({ container, attempt, seen, now }: Sight): Verdict {
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
      attempt: sighted(attempt, seen),
      conditions: judged(container, now, ...(recovers ? notStalled(container) : [])),
    }),
    events: pulls ? [tell(container, 'normal', ['Pulling', `pulling ${container.spec.image ?? 'the default image'}`])] : [],
  };
}

/** The status of a container that runs. Where it has a health check, whether it is ready stays as the last check left it. */
export function observedRunning({ container, attempt, seen, now }: Sight): Verdict {
  const startedAt = attempt.started_at ?? seen.startedAt ?? timestamp(now);
  const ready = container.spec.health_check ? container.status.ready : true;
  const fresh = attempt.started_at === undefined;
  return {
    status: patched(container.status, {
      ...placeOf(seen),
      status: 'running',
      ready,
      message: undefined,
      reason: undefined,
      progress: undefined,
      next_attempt_at: undefined,
      ...(seen.pricePerHour !== undefined && { cost_per_hr: seen.pricePerHour }),
      attempt: patchedAttempt(sighted(attempt, seen), { started_at: startedAt }),
      launch_failures: 0,
      tried_since: undefined,
      started_at: startedAt,
      finished_at: fresh ? undefined : container.status.finished_at,
      health: container.spec.health_check ? container.status.health : undefined,
      conditions: judged(container, now, readiness(container, ready), ...notStalled(container)).filter((c) => c.type !== 'Healthy' || container.spec.health_check),
    }),
    events: fresh ? [tell(container, 'normal', ['Started', `running on ${attempt.platform}`])] : [],
  };
}

/** The status of a container whose instance is suspended. */
export function observedPaused({ container, attempt, seen, now }: Sight): Verdict {
  return {
    status: patched(container.status, {
      status: 'paused',
      ready: false,
      progress: undefined,
      attempt: sighted(attempt, seen),
      conditions: judged(container, now, { type: 'Ready', status: 'false', reason: 'Paused', message: '' }, ...notStalled(container)),
    }),
    events: [],
  };
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
