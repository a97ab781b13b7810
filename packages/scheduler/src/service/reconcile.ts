import { durationMs, isNebError, messageOf, spread, type Traffic, type TrafficDoor, type TrafficPlane } from '@neb/core-types';
import { fewest } from '../autoscale/bounds.ts';
import { camelCase } from '../container/outcome.ts';
import { containersOf } from '../crew/containers-of.ts';
import { learntStartMs } from '../crew/start-time.ts';
import { type Trouble, written } from '../crew/trouble.ts';
import { unwritten } from '../crew/unwritten.ts';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import type { Again, Reconcile } from '../work/controller.ts';
import type { World } from '../world.ts';
import { drainMsOf } from './drain.ts';
import { membersOf, replicaView, staying } from './members.ts';
import { planRollout } from './plan-rollout.ts';
import { judge } from './progress.ts';
import { removeService } from './remove.ts';
import { revised, targetOf, withOutcome } from './revisions.ts';
import { scaleService, type ScaleState } from './scale.ts';
import { doorFinalizer, saying } from './status.ts';
import { tally } from './tally.ts';
import { troubleWords } from './words.ts';
import { type Decided, write } from './write.ts';

const stalledMs = 15_000;
const drainLookMs = 1_000;
const updateLookMs = 2_000;

/** Passes over services: looks at what passes, decides how many replicas of which revision there should be, and starts, drains and removes containers. */
export function serviceReconciler(world: World): Reconcile {
  const remembered = unwritten<ScaleState>();
  const { store, clock, traffic } = world;
  const passing = tally();

  return async (id, signal) => {
    const found = await store.get('Service', id);
    if (!found || found.goneAt !== undefined) return passing.forget(id);
    if (found.deletedAt !== undefined) return await removeService(world, found, signal);
    const missing = traffic ? traffic.missing() : 'this server has no gateway';
    if (!traffic || missing !== undefined) return await stall(found, { reason: 'NoGateway', message: missing ?? '' });
    const service = found.finalizers.includes(doorFinalizer) ? found : await hold(found);
    try {
      return await pass(service, traffic, signal);
    } catch (error) {
      if (signal.aborted || !isNebError(error) || error.code === 'conflict' && error.details?.final !== true) throw error;
      return await stall(service, { reason: camelCase(error.code), message: messageOf(error) });
    }
  };

  /** Written before the door is made, so that it is never forgotten. */
  async function hold(service: Resource<'Service'>): Promise<Resource<'Service'>> {
    const [held] = await store.commit([{ do: 'put', resource: { ...service, finalizers: [...service.finalizers, doorFinalizer] } }]);
    return held as Resource<'Service'>;
  }

  async function stall(service: Resource<'Service'>, trouble: Trouble): Promise<Again> {
    const news = service.status.status === 'stalled' && service.status.message === trouble.message ? [] : [tell(service, 'warning', [trouble.reason, trouble.message])];
    const changes = written(service, saying(service, {}, { now: clock.now(), trouble }), news);
    if (changes.length > 0) await store.commit(changes);
    return { afterMs: stalledMs };
  }

  async function pass(service: Resource<'Service'>, plane: TrafficPlane, signal: AbortSignal): Promise<Again> {
    const door = await doorOf(service, plane, signal);
    const containers = await containersOf(store, service, signal);
    const now = clock.now();
    const seen = plane.look(service.id);
    const passed = passing.add(service.id, seen, now);
    const { spec, status } = service;
    const startMs = learntStartMs(containers, status.start_ms);
    const replicas = replicaView(membersOf({ containers, draining: status.draining ?? [], template: '', failures: 0, isProven: true, traffic: seen, now }));
    const scaled = scaleService({ spec: (await world.budgets?.atMinimum(service)) ? fewest(spec) : spec, pinned: status.pinned, traffic: seen, replicas, startMs, now, state: remembered.of(service) });
    const decided = decideRollout({ service, containers, traffic: seen, scaled, now });
    const { isWritten, isTrafficWritten, isDraining, retryMs } = await write(world, { service, door, scaled, answered: seen?.gauge.answered ?? 0, passed, startMs, ...decided });
    if (isTrafficWritten) passing.written(service.id, now);
    remembered.note(service, isWritten ? undefined : scaled.state);
    const waits = [scaled.lookAgainMs, isDraining ? drainLookMs : Infinity, isUpdating(decided) ? updateLookMs : Infinity, retryMs ?? Infinity];
    return { afterMs: spread(Math.max(0, Math.min(...waits)), world.random) };
  }
}

/** Whether more may come of it than is told by containers that wake it: time shows what can be relied on, and what failed. */
function isUpdating({ history, target, members }: Pick<Decided, 'history' | 'target' | 'members'>): boolean {
  const last = history.at(-1);
  const here = staying(members);
  return here.some(({ current }) => !current) || (here.length > 0 && last?.revision === target.revision && last.outcome !== 'good');
}

/** What it has already is good enough while nobody answers. */
async function doorOf({ id, namespace, name, status: { address, url = '', hosts = [] } }: Resource<'Service'>, plane: TrafficPlane, signal: AbortSignal): Promise<TrafficDoor> {
  try {
    return await plane.open({ id, namespace, name }, { signal });
  } catch (error) {
    if (signal.aborted || !isNebError(error) || address === undefined) throw error;
    return { address, url, hosts };
  }
}

interface Scene {
  readonly service: Resource<'Service'>;
  readonly containers: readonly Resource<'Container'>[];
  readonly traffic: Traffic | undefined;
  readonly scaled: { readonly desired: number };
  readonly now: number;
}

/** Which revision replicas are to be of, how its update stands, and what to do about it. Pure. */
function decideRollout({ service, containers, traffic, scaled: { desired }, now }: Scene): Pick<Decided, 'history' | 'target' | 'progress' | 'members' | 'planned' | 'ends'> {
  const { spec, status } = service;
  const { max_surge: maxSurge = 1, max_unavailable: maxUnavailable = 0, progress_deadline: deadline = '10m' } = spec.update ?? {};
  const known = revised(service, now);
  const isNew = known.at(-1)?.revision !== status.history.at(-1)?.revision;
  const ends: Decided['ends'] = isNew ? {} : status;
  const among = (template: string, failures: number, isProven: boolean) => membersOf({ containers, draining: status.draining ?? [], template, failures, isProven, traffic, now });

  const asked = targetOf(known, spec);
  const last = known.at(-1)!;
  const isProven = asked.revision !== last.revision || last.outcome === 'good' || (!isNew && (status.progress_ready ?? 0) > 0);
  const before = among(asked.template, ends.failures ?? 0, isProven);
  // One that went back is not judged: it goes on trying to be what was good.
  const judged = asked.revision !== last.revision ? undefined : judge({ status: isNew ? {} : status, outcome: last.outcome, members: before, desired, deadlineMs: durationMs(deadline), now });
  const hasFailed = judged?.outcome === 'failed' && last.outcome !== 'failed';
  const why = hasFailed ? `it came no further for ${deadline}: ${troubleWords(before) ?? status.message ?? 'no replica of it became ready'}` : last.message;
  const history = judged && judged.outcome !== last.outcome ? withOutcome(known, judged.outcome, judged.outcome === 'failed' ? why : undefined) : known;

  const target = targetOf(history, spec);
  const wentBack = target.revision !== asked.revision;
  const members = wentBack ? among(target.template, 0, true) : before;
  const retryAt = wentBack ? undefined : ends.retry_at;
  const planned = planRollout(members, {
    desired, maxSurge, maxUnavailable, now, mayStart: retryAt === undefined || Date.parse(retryAt) <= now, drainMs: drainMsOf(spec),
  });
  const none = { progress_at: undefined, progress_ready: undefined, looked_at: undefined };
  return { history, target, progress: wentBack ? none : judged?.progress ?? none, members, planned, ends: wentBack ? {} : ends };
}
