import { isNebError, messageOf, type Pressure, spread, type StreamCare, type StreamGroup, type StreamPlane } from '@neb/core-types';
import { fewest } from '../autoscale/bounds.ts';
import { pressurePolicy } from '../autoscale/pressure-policy.ts';
import { scaleByPressure } from '../autoscale/scale-by-pressure.ts';
import type { ScalingState } from '../autoscale/watch.ts';
import { camelCase } from '../container/outcome.ts';
import { containersOf } from '../crew/containers-of.ts';
import { learntStartMs } from '../crew/start-time.ts';
import { templateOf } from '../crew/template.ts';
import { type Trouble, written } from '../crew/trouble.ts';
import { unwritten } from '../crew/unwritten.ts';
import type { Resource } from '../store.ts';
import { tell } from '../tell.ts';
import type { Again, Reconcile } from '../work/controller.ts';
import type { World } from '../world.ts';
import { busyOf, type Crew, crewOf, liveOf, mayWork } from './crew.ts';
import { type Asked, planCrew } from './plan-crew.ts';
import { removeProcessor } from './remove.ts';
import { careOf, workerSpec } from './replica.ts';
import { saying, streamFinalizer } from './status.ts';
import { write } from './write.ts';

const stalledMs = 15_000;
/** Between two looks after messages that nobody works on. */
const tendMs = 5_000;
const drainLookMs = 1_000;
/** Until another server of the database has had the chance to look. */
const leaveMs = 250;

/** Passes over processors: looks at the stream, decides how many workers there should be, and starts, drains and removes containers. */
export function processorReconciler(world: World): Reconcile {
  const remembered = unwritten<ScalingState>();
  const { store, clock, streams } = world;
  const tended = new Map<string, number>();
  const askedAt = new Map<string, ReadonlyMap<string, number>>();

  return async (id, signal) => {
    const found = await store.get('Processor', id);
    if (!found || found.goneAt !== undefined) {
      askedAt.delete(id);
      return void tended.delete(id);
    }
    if (found.deletedAt !== undefined) return await removeProcessor(world, found, signal);
    const missing = streams ? streams.missing() : 'this server has no Redis';
    if (!streams || missing !== undefined) return await stall(found, { reason: 'NoStreams', message: missing ?? '' });
    const processor = found.finalizers.includes(streamFinalizer) ? found : await hold(found);
    try {
      return await pass(processor, streams, signal);
    } catch (error) {
      if (isNebError(error) && error.details?.elsewhere === true) return { afterMs: leaveMs };
      if (signal.aborted || !isNebError(error) || error.code === 'conflict' && error.details?.final !== true) throw error;
      return await stall(processor, { reason: camelCase(error.code), message: messageOf(error) });
    }
  };

  /** Written before the stream is made, so that it is never forgotten. */
  async function hold(processor: Resource<'Processor'>): Promise<Resource<'Processor'>> {
    const [held] = await store.commit([{ do: 'put', resource: { ...processor, finalizers: [...processor.finalizers, streamFinalizer] } }]);
    return held as Resource<'Processor'>;
  }

  async function stall(processor: Resource<'Processor'>, trouble: Trouble): Promise<Again> {
    const news = processor.status.status === 'stalled' && processor.status.message === trouble.message ? [] : [tell(processor, 'warning', [trouble.reason, trouble.message])];
    const changes = written(processor, saying(processor, {}, { now: clock.now(), trouble }), news);
    if (changes.length > 0) await store.commit(changes);
    return { afterMs: stalledMs };
  }

  async function pass(processor: Resource<'Processor'>, plane: StreamPlane, signal: AbortSignal): Promise<Again> {
    const { spec, status } = processor;
    const of: StreamGroup = { stream: status.stream, group: status.group };
    const { platform } = spec.container;
    if (plane.only && (plane.only.platform === undefined || (platform !== undefined && platform !== plane.only.platform))) return await stall(processor, { reason: 'OutOfReach', message: `workers${platform === undefined ? '' : ` on ${platform}`} cannot reach the stream: ${plane.only.why}` });
    const env = await plane.prepare(of, processor, { signal });
    const caution = (await plane.caution?.({ signal })) ?? '';
    const [pressure] = await plane.pressure([of], { signal });
    if (!pressure) return { afterMs: drainLookMs };
    const worker = workerSpec(processor, plane.only?.platform);
    const template = templateOf(worker);
    const containers = await containersOf(store, processor, signal);
    await tend(plane, { processor, of, pressure, live: liveOf(containers, clock.now()) }, signal);
    const crew = crewOf({ containers, pressure, draining: status.draining ?? [], template });
    const now = clock.now();
    const startMs = learntStartMs(containers, status.start_ms);
    const { desired, reason, state, lookAgainMs } = scaleByPressure({
      policy: pressurePolicy((await world.budgets?.atMinimum(processor)) ? fewest(spec) : spec), sample: { at: now, ...pressure, oldestMs: Math.max(pressure.oldestWaitingMs ?? 0, pressure.oldestPendingMs ?? 0) }, now, startMs,
      state: remembered.of(processor), pinned: status.pinned, replicas: replicaView(crew),
    });
    const asked = await ask(plane, { id: processor.id, of, crew }, signal);
    const mayStart = status.retry_at === undefined || Date.parse(status.retry_at) <= now;
    const planned = planCrew(crew, { desired, mayStart, asked: ({ container }) => asked.get(container.id) ?? { says: 'nothing', sinceMs: 0 } });
    const next = await write(world, { processor, crew, planned, desired, reason, state: { ...state }, startMs, pressure, worker, template, env, caution });
    const waits = [
      lookAgainMs,
      next.isDraining ? drainLookMs : Infinity,
      next.retryMs ?? Infinity,
      pressure.pending > 0 ? tendMs : Infinity,
    ];
    remembered.note(processor, next.isWritten ? undefined : state);
    return { afterMs: spread(Math.max(0, Math.min(...waits)), world.random) };
  }

  async function tend(plane: StreamPlane, { processor, of, pressure, live }: Tending, signal: AbortSignal): Promise<void> {
    const { id, spec, status } = processor;
    const now = clock.now();
    if (pressure.pending === 0 && pressure.acknowledged === (status.acknowledged ?? 0)) return;
    if (now - (tended.get(id) ?? -Infinity) < tendMs) return;
    tended.set(id, now);
    await plane.tend(of, { ...careOf(spec), live }, { signal });
  }

  /** What those that drain say. Since when they know is remembered here: that they drain may have been written long before, by a server that died then. */
  async function ask(plane: StreamPlane, { id, of, crew }: { readonly id: string; readonly of: StreamGroup; readonly crew: Crew }, signal: AbortSignal): Promise<ReadonlyMap<string, Asked>> {
    const leaving = crew.workers.filter((worker) => worker.drainingSince !== undefined && mayWork(worker));
    const answers = await Promise.all(leaving.map(async ({ consumers }) => ({ consumers, drained: await saying(consumers) })));
    const before = askedAt.get(id);
    const now = clock.now();
    const since = new Map(leaving.map(({ container }) => [container.id, before?.get(container.id) ?? now]));
    askedAt.set(id, since);
    return new Map(leaving.map(({ container }, at): [string, Asked] => {
      const { consumers, drained } = answers[at]!;
      const isDone = drained.size > 0 && consumers.every(({ name, pending }) => pending === 0 || drained.has(name));
      return [container.id, { says: isDone ? 'drained' : 'nothing', sinceMs: now - since.get(container.id)! }];
    }));

    async function saying(consumers: readonly { readonly name: string }[]): Promise<ReadonlySet<string>> {
      const said = await Promise.all(consumers.map(async ({ name }) => ((await plane.drain(of, name, { signal })) === 'drained' ? [name] : [])));
      return new Set(said.flat());
    }
  }
}

interface Tending {
  readonly processor: Resource<'Processor'>;
  readonly of: StreamGroup;
  readonly pressure: Pressure;
  readonly live: StreamCare['live'];
}

function replicaView(crew: Crew): Parameters<typeof scaleByPressure>[0]['replicas'] {
  const at = crew.workers.filter(({ drainingSince }) => drainingSince === undefined);
  return {
    ready: at.filter(({ is }) => is === 'ready').length,
    starting: at.filter(({ is }) => is === 'starting').map(({ container }) => ({ since: Date.parse(container.createdAt) })),
    busy: busyOf(crew),
    draining: crew.workers.filter(({ is, drainingSince }) => is === 'leaving' || (drainingSince !== undefined && is !== 'ended')).length,
  };
}
