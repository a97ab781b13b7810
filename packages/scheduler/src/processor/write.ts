import { type ContainerSpec, type EnvVar, type Pressure, type ProcessorStatus, timestamp } from '@neb/core-types';
import { commitCrew, quotaMs } from '../crew/commit-crew.ts';
import { afterEnds, howEnded } from '../crew/ends.ts';
import { ranMs } from '../crew/stage.ts';
import { type Trouble, written } from '../crew/trouble.ts';
import type { NewEvent, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { tuned, type World } from '../world.ts';
import type { Crew, Worker } from './crew.ts';
import type { CrewPlan } from './plan-crew.ts';
import { newWorker } from './replica.ts';
import { saying } from './status.ts';
import { worthWriting } from './worth-writing.ts';

export interface Decided {
  readonly processor: Resource<'Processor'>;
  readonly crew: Crew;
  readonly planned: CrewPlan;
  readonly desired: number;
  readonly reason: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly startMs: number;
  readonly pressure: Pressure;
  readonly worker: ContainerSpec;
  readonly template: string;
  readonly env: readonly EnvVar[];
  /** What may happen to its messages; '' where they are safe. */
  readonly caution: string;
}

export interface Written {
  readonly isDraining: boolean;
  /** False where all that moved follows from what is written, or can be lost. */
  readonly isWritten: boolean;
  /** Until the next worker may be started, where one has to wait. */
  readonly retryMs?: number | undefined;
}

/** Writes what was decided, as `commitCrew` does; where a quota is in the way the status says so. */
export async function write(world: World, decided: Decided): Promise<Written> {
  const { processor, planned, worker, template, env } = decided;
  const { clock, random } = world;
  let status = processor.status;
  const { isWritten, trouble } = await commitCrew(world, {
    owner: processor, create: planned.create, remove: planned.remove.map(({ container }) => container),
    fresh: () => newWorker({ processor, spec: worker, env, template, now: clock.now(), random }),
    beside(create, trouble) {
      status = statusOf(world, decided, { create, trouble });
      return written(processor, worthWriting(processor, status), newsOf(decided, status));
    },
  });
  const retryMs = trouble ? quotaMs : status.retry_at === undefined ? undefined : Date.parse(status.retry_at) - clock.now();
  return { isWritten, isDraining: (status.draining ?? []).length > 0, retryMs };
}

function statusOf({ clock, random, tuning }: World, decided: Decided, { create, trouble }: { readonly create: number; readonly trouble: Trouble | undefined }): ProcessorStatus {
  const { processor, crew, planned, desired, reason, state, startMs, pressure, caution } = decided;
  const now = clock.now();
  const gone = new Set(planned.remove.map(({ container }) => container.id));
  const draining = [...crew.workers.filter(({ drainingSince }) => drainingSince !== undefined), ...planned.drain]
    .filter(({ container, is }) => !gone.has(container.id) && is !== 'leaving')
    .map(({ container, drainingSince = now }) => ({ id: container.id, since: timestamp(drainingSince) }));
  const here = crew.workers.filter(({ container }) => !gone.has(container.id) && !draining.some(({ id }) => id === container.id));
  const ready = here.filter(({ is }) => is === 'ready').length;
  const starting = here.filter(({ is }) => is === 'starting').length + create;
  const leaving = here.filter(({ is }) => is === 'leaving').length + draining.length + gone.size;
  const ended = planned.remove.filter(({ is }) => is === 'ended');
  const { restart, restartResetMs } = tuned(tuning);
  const isSteady = pressure.acknowledged > (processor.status.acknowledged ?? pressure.acknowledged) || crew.workers.some(({ container }) => ranMs(container, now) >= restartResetMs);
  const { failures, retry_at } = afterEnds({ ended: ended.map(({ container }) => container), isSteady, before: processor.status, restart, now, random });
  const word = desired === 0 ? 'idle' : ready === desired && leaving === 0 ? 'running' : 'scaling';
  return saying(processor, {
    status: word,
    message: retry_at !== undefined && starting + ready < desired ? endWords(ended[0]) ?? processor.status.message : undefined,
    pressure: pressure.backlog + pressure.pending, backlog: pressure.backlog, pending: pressure.pending, acknowledged: pressure.acknowledged,
    replicas: { desired, ready, starting, draining: leaving },
    decision: desired === processor.status.replicas.desired && processor.status.decision ? processor.status.decision : { at: timestamp(now), desired, reason },
    scaling: state,
    draining: draining.length > 0 ? draining : undefined,
    start_ms: Math.round(startMs),
    failures, retry_at,
  }, { now, trouble, caution });
}

/** What is said while the next worker is waited for. */
function endWords(worker: Worker | undefined): string | undefined {
  if (!worker) return undefined;
  return `worker ${worker.container.name} ended by itself, and the next is started after a while: ${howEnded(worker.container)}`;
}

function newsOf({ processor, desired, reason, planned }: Decided, status: ProcessorStatus): readonly NewEvent[] {
  const before = processor.status.replicas.desired;
  const ended = endWords(planned.remove.find(({ is }) => is === 'ended'));
  const wasStalled = processor.status.status === 'stalled';
  return [
    ...(desired === before ? [] : [tell(processor, 'normal', ['Scaled', `from ${before} to ${desired} workers: ${reason}`])]),
    ...(ended === undefined ? [] : [tell(processor, 'warning', ['WorkerEnded', ended])]),
    ...(status.status === 'stalled' && !wasStalled ? [tell(processor, 'warning', ['Quota', status.message ?? ''])] : []),
  ];
}
