import { type ContainerSpec, type EnvVar, isNebError, messageOf, type Pressure, type ProcessorStatus, timestamp } from '@neb/core-types';
import { deletion } from '../deletion.ts';
import { quotaChanges, quotaOfOwner } from '../quota-changes.ts';
import type { Change, NewEvent, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { doubling, jittered } from '../work/backoff.ts';
import { tuned, type World } from '../world.ts';
import type { Crew, Worker } from './crew.ts';
import type { CrewPlan } from './plan-crew.ts';
import { newReplica } from './replica.ts';
import { saying, type Trouble, written } from './status.ts';
import { worthWriting } from './unwritten.ts';

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

/**
 * Writes what was decided in one commit, which fails with `conflict` where another server decided meanwhile. Where a quota
 * is in the way, half as many workers are tried, down to none, and the status says so.
 */
export async function write(world: World, decided: Decided): Promise<Written> {
  let trouble: Trouble | undefined;
  for (let create = decided.planned.create; ; create = Math.floor(create / 2)) {
    const status = statusOf(world, decided, { create, trouble });
    const changes = [...written(decided.processor, worthWriting(decided.processor, status), newsOf(decided, status)), ...(await crewChanges(world, decided, create))];
    try {
      if (changes.length > 0) await world.store.commit(changes);
      const retryMs = trouble ? quotaMs : status.retry_at === undefined ? undefined : Date.parse(status.retry_at) - world.clock.now();
      return { isWritten: changes.length > 0, isDraining: (status.draining ?? []).length > 0, retryMs };
    } catch (error) {
      if (!isNebError(error, 'quota') || create === 0) throw error;
      trouble = { reason: 'Quota', message: messageOf(error) };
    }
  }
}

const quotaMs = 15_000;
/** What one worker's end costs is worth less than what it would have done. */
const firstRestartMs = 1_000;

/** The processor is written with its containers, or none of it: two servers never start workers for one decision. */
async function crewChanges(world: World, { processor, planned, worker, template, env }: Decided, create: number): Promise<readonly Change[]> {
  const { store, clock, random, ownerQuota } = world;
  const now = clock.now();
  const fresh = Array.from({ length: create }, () => newReplica({ processor, spec: worker, env, template, now, random }));
  const space = create > 0 ? await store.find({ kind: 'Namespace', namespace: '', name: processor.namespace }) : undefined;
  // All are alike, and so is what bounds them.
  const bounds = space && fresh[0] ? await quotaChanges({ after: fresh[0], before: undefined, space, ofOwner: (owner) => quotaOfOwner(store, owner, ownerQuota) }) : [];
  return [
    ...(space ? [{ do: 'need', resource: space } as const] : []),
    ...bounds,
    ...fresh.flatMap((resource): Change[] => [{ do: 'put', resource }, { do: 'wake', kind: 'Container', id: resource.id }]),
    ...planned.remove.flatMap(({ container }) => deletion(container, now)),
  ];
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
  // Who works messages off does not crash in a loop, however often it is killed.
  const isSteady = pressure.acknowledged > (processor.status.acknowledged ?? pressure.acknowledged) || crew.workers.some(({ container }) => ranMs(container, now) >= restartResetMs);
  const failures = ended.length > 0 ? (isSteady ? 1 : (processor.status.failures ?? 0) + 1) : isSteady ? undefined : processor.status.failures;
  const retryAt = ended.length > 0 ? timestamp(now + jittered(doubling((failures ?? 1) - 1, { ...restart, firstMs: firstRestartMs }), random)) : isAhead(processor.status.retry_at, now) ? processor.status.retry_at : undefined;
  const word = desired === 0 ? 'idle' : ready === desired && leaving === 0 ? 'running' : 'scaling';
  return saying(processor, {
    status: word,
    message: retryAt !== undefined && starting + ready < desired ? endWords(ended[0]) ?? processor.status.message : undefined,
    pressure: pressure.backlog + pressure.pending, backlog: pressure.backlog, pending: pressure.pending, acknowledged: pressure.acknowledged,
    replicas: { desired, ready, starting, draining: leaving },
    decision: desired === processor.status.replicas.desired && processor.status.decision ? processor.status.decision : { at: timestamp(now), desired, reason },
    scaling: state,
    draining: draining.length > 0 ? draining : undefined,
    start_ms: Math.round(startMs),
    failures, retry_at: retryAt,
  }, { now, trouble, caution });
}

/** How long the last run of a container has lasted, or lasted. */
function ranMs({ status: { started_at: from, finished_at: to } }: Resource<'Container'>, now: number): number {
  return from === undefined ? 0 : (to === undefined ? now : Date.parse(to)) - Date.parse(from);
}

function isAhead(at: string | undefined, now: number): boolean {
  return at !== undefined && Date.parse(at) > now;
}

/** What is said while the next worker is waited for. */
function endWords(worker: Worker | undefined): string | undefined {
  if (!worker) return undefined;
  const { name, status: { exit_code: code, message } } = worker.container;
  const how = message ?? (code === undefined ? 'it ended' : `it ended with exit code ${code}`);
  return `worker ${name} ended by itself, and the next is started after a while: ${how}`;
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
