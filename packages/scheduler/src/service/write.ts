import { type ServiceRevision, type ServiceStatus, timestamp, type TrafficDoor } from '@neb/core-types';
import { commitCrew, quotaMs } from '../crew/commit-crew.ts';
import { afterEnds } from '../crew/ends.ts';
import { ranMs } from '../crew/stage.ts';
import { type Trouble, written } from '../crew/trouble.ts';
import type { NewEvent, Resource } from '../store.ts';
import { tell } from '../tell.ts';
import { tuned, type World } from '../world.ts';
import { type Member, staying } from './members.ts';
import type { RolloutPlan } from './plan-rollout.ts';
import type { Progress } from './progress.ts';
import { newServiceReplica } from './replica.ts';
import type { Target } from './revisions.ts';
import type { Scaled } from './scale.ts';
import { saying, wentBackWords, worthWriting } from './status.ts';
import { endWords, troubleWords } from './words.ts';

export interface Decided {
  readonly service: Resource<'Service'>;
  readonly door: TrafficDoor;
  readonly history: readonly ServiceRevision[];
  readonly target: Target;
  readonly progress: Progress;
  readonly members: readonly Member[];
  readonly planned: RolloutPlan;
  readonly scaled: Scaled;
  readonly startMs: number;
  readonly answered: number;
  /** What is told of the traffic; what was told stays if absent. */
  readonly passed: ServiceStatus['traffic'] | undefined;
  /** What counts of replicas that ended by themselves: nothing, where another revision is rolled out since. */
  readonly ends: Pick<ServiceStatus, 'failures' | 'retry_at'>;
}

export interface Written {
  /** False where all that moved can be lost. */
  readonly isWritten: boolean;
  readonly isTrafficWritten: boolean;
  readonly isDraining: boolean;
  /** Until the next replica may be started, where one has to wait. */
  readonly retryMs?: number | undefined;
}

/** Writes what was decided, as `commitCrew` does; where a quota is in the way the status says so. */
export async function write(world: World, decided: Decided): Promise<Written> {
  const { service, target, planned } = decided;
  const { clock, random } = world;
  let status = service.status;
  const { isWritten, trouble } = await commitCrew(world, {
    owner: service, create: planned.create, remove: planned.remove.map(({ container }) => container),
    fresh: () => newServiceReplica({ service, target, now: clock.now(), random }),
    beside(create, trouble) {
      status = worthWriting(service, statusOf(world, decided, { create, trouble }));
      return written(service, status, newsOf(decided, status));
    },
  });
  const retryMs = trouble ? quotaMs : status.retry_at === undefined ? undefined : Math.max(0, Date.parse(status.retry_at) - clock.now());
  return { isWritten, isTrafficWritten: decided.passed !== undefined && status.traffic?.at === decided.passed.at, isDraining: (status.draining ?? []).length > 0, retryMs };
}

function statusOf({ clock, random, tuning }: World, decided: Decided, { create, trouble }: { readonly create: number; readonly trouble: Trouble | undefined }): ServiceStatus {
  const { service, door, history, target, progress, members, planned, scaled, startMs, answered, passed, ends } = decided;
  const { desired, reason, state } = scaled;
  const now = clock.now();
  const gone = new Set(planned.remove.map(({ container }) => container.id));
  const draining = [...members.filter(({ drainingSince }) => drainingSince !== undefined), ...planned.drain]
    .filter(({ container, is }) => !gone.has(container.id) && is !== 'leaving')
    .map(({ container, drainingSince = now }) => ({ id: container.id, since: timestamp(drainingSince) }));
  const here = staying(members).filter(({ container }) => !gone.has(container.id) && !draining.some(({ id }) => id === container.id));
  const ready = here.filter(({ is }) => is === 'ready').length;
  const starting = here.length - ready + create;
  const leaving = members.filter(({ is, container }) => is === 'leaving' || gone.has(container.id)).length + draining.length;
  const { restart, restartResetMs } = tuned(tuning);
  const ended = endedBy(planned);
  const isGood = history.at(-1)?.outcome === 'good';
  const isSteady = members.some(({ container, current }) => current && ranMs(container, now) >= restartResetMs) || (isGood && ready > 0 && answered > 0);
  const { failures, retry_at } = afterEnds({ ended, isSteady, before: ends, restart, now, random });
  const waits = retry_at !== undefined && here.length + create < desired;
  const failed = failedUpdate(history, target, trouble);
  const isRolling = history.at(-1)?.outcome === 'rolling';
  const isUpdating = here.some(({ current }) => !current) || (history.length > 1 && isRolling);
  const isWhole = ready === desired && leaving === 0 && !isRolling;
  const word = desired === 0 ? (here.length + create === 0 ? 'idle' : 'scaling') : isUpdating ? 'updating' : isWhole ? 'running' : 'scaling';
  return saying(service, {
    status: word,
    message: messageOf(decided, { waits, ended }),
    address: door.address, url: door.url, hosts: [...door.hosts],
    replicas: { desired, ready, starting, draining: leaving },
    ...(passed && { traffic: passed }),
    decision: desired === service.status.replicas.desired && service.status.decision ? service.status.decision : { at: timestamp(now), desired, reason },
    scaling: { ...state },
    draining: draining.length > 0 ? draining : undefined,
    revision: target.revision, history: [...history], ...progress,
    start_ms: Math.round(startMs),
    failures, retry_at,
  }, { now, trouble: trouble ?? failed });
}

/** An update that failed and stays. */
function failedUpdate(history: readonly ServiceRevision[], target: Target, trouble: Trouble | undefined): Trouble | undefined {
  const last = history.at(-1);
  if (trouble || last?.outcome !== 'failed' || last.revision !== target.revision) return undefined;
  return { reason: 'UpdateFailed', message: `revision ${last.revision} failed: ${last.message ?? 'it was never ready'}` };
}

function messageOf({ service, history, target, members, ends }: Decided, { waits, ended }: { readonly waits: boolean; readonly ended: readonly Resource<'Container'>[] }): string | undefined {
  const last = history.at(-1);
  if (last && last.revision !== target.revision) return wentBackWords(last, target.revision);
  if (waits) return ended[0] ? endWords(ended[0]) : service.status.message;
  if (last?.outcome !== 'rolling') return undefined;
  return troubleWords(members) ?? (ends.failures === undefined ? undefined : service.status.message);
}

/** Those that ended by themselves: one that was told to go may end as it likes. */
function endedBy({ remove }: RolloutPlan): readonly Resource<'Container'>[] {
  return remove.filter(({ is, drainingSince }) => is === 'ended' && drainingSince === undefined).map(({ container }) => container);
}

function newsOf({ service, scaled: { desired, reason }, history, target, planned }: Decided, status: ServiceStatus): readonly NewEvent[] {
  const { replicas, revision, history: known, status: word } = service.status;
  const [last, before] = [history.at(-1), known.find((one) => one.revision === history.at(-1)?.revision)];
  const [ended] = endedBy(planned);
  const news: NewEvent[] = [];
  const say = (type: NewEvent['type'], why: string, message: string): number => news.push(tell(service, type, [why, message]));
  if (desired !== replicas.desired) say('normal', 'Scaled', `from ${replicas.desired} to ${desired} replicas: ${reason}`);
  if (ended) say('warning', 'ReplicaEnded', endWords(ended));
  if (last && last.revision > 1 && !before) say('normal', 'Updating', `to revision ${last.revision}${last.cause === undefined ? '' : `, by ${last.cause}`}`);
  if (last && before?.outcome !== last.outcome) {
    if (last.outcome === 'good') say('normal', 'Updated', `revision ${last.revision} is ready`);
    if (last.outcome === 'failed') say('warning', 'UpdateFailed', `revision ${last.revision} failed: ${last.message ?? ''}`);
  }
  if (last && target.revision !== last.revision && revision !== target.revision) say('warning', 'RolledBack', wentBackWords(last, target.revision));
  if (status.status === 'stalled' && word !== 'stalled' && last?.outcome !== 'failed') say('warning', 'Quota', status.message ?? '');
  return news;
}
