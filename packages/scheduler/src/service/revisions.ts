import { type ServiceRevision, type ServiceSpec, timestamp } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import { present } from '../present.ts';
import type { Resource } from '../store.ts';
import { serviceTemplate } from './replica.ts';

/** What replicas are to be of. */
export interface Target {
  readonly revision: number;
  readonly template: string;
  readonly spec: ServiceSpec;
}

/** How many revisions are remembered. */
const kept = 10;

/** The revisions of a service with what it asks for now among them: a new one where that is something else to run than the last. Pure. */
export function revised(service: Pick<Resource<'Service'>, 'spec' | 'status'>, now: number): readonly ServiceRevision[] {
  const { spec, status: { history } } = service;
  const template = serviceTemplate(service);
  const last = history.at(-1);
  if (last?.template !== template) return added(history, { template, spec: recorded(spec), at: timestamp(now), outcome: 'rolling', revision: (last?.revision ?? 0) + 1 });
  // What its replicas run is the same: the rest of it is as it was said last.
  return isDeepStrictEqual(last.spec, recorded(spec)) ? history : [...history.slice(0, -1), { ...last, spec: recorded(spec) }];
}

/** The revision that replicas are to be of: the last, or where that failed the last good one, unless it is not to go back. Pure. */
export function targetOf(history: readonly ServiceRevision[], { update }: Pick<ServiceSpec, 'update'>): Target {
  const last = history.at(-1);
  if (!last) throw new Error('a service without a revision has no target');
  const { revision, template, spec } = (goesBack(last, update) && lastGood(history)) || last;
  return { revision, template, spec: spec as unknown as ServiceSpec };
}

/** `history` with how its last revision came out. Pure. */
export function withOutcome(history: readonly ServiceRevision[], outcome: ServiceRevision['outcome'], message?: string): readonly ServiceRevision[] {
  const last = history.at(-1);
  return last ? [...history.slice(0, -1), present({ ...last, outcome, message })] : history;
}

/** `service` to be what it was at `revision`, as a revision of its own. Pure. */
export function undone(service: Resource<'Service'>, revision: ServiceRevision, now: number): Resource<'Service'> {
  const spec = revision.spec as unknown as ServiceSpec;
  return rolledAnew({ ...service, spec, generation: service.generation + 1 }, `rollout undo to revision ${revision.revision}`, now);
}

/** `service` with all its replicas to be replaced by fresh ones. Pure. */
export function restarted(service: Resource<'Service'>, now: number): Resource<'Service'> {
  return rolledAnew({ ...service, status: { ...service.status, restarted_at: timestamp(now) } }, 'rollout restart', now);
}

function rolledAnew(service: Resource<'Service'>, cause: string, now: number): Resource<'Service'> {
  const { failures: _, retry_at: __, progress_at: ___, progress_ready: ____, looked_at: _____, ...status } = service.status;
  const { history } = status;
  const next: ServiceRevision = {
    revision: (history.at(-1)?.revision ?? 0) + 1, template: serviceTemplate(service), at: timestamp(now), cause, outcome: 'rolling', spec: recorded(service.spec),
  };
  return { ...service, status: { ...status, revision: next.revision, history: [...added(history, next)] } };
}

/** One that another one overtakes before it was ready will not be good any more. Of those that are kept, one was good if any was. */
function added(history: readonly ServiceRevision[], next: ServiceRevision): readonly ServiceRevision[] {
  const settled = history.at(-1)?.outcome === 'rolling' ? withOutcome(history, 'failed', `revision ${next.revision} came before it was ready`) : history;
  const all = [...settled, next];
  const latest = all.slice(-kept);
  const good = lastGood(all);
  return good && !latest.includes(good) ? [good, ...latest.slice(1)] : latest;
}

function goesBack(last: ServiceRevision, { rollback = true }: NonNullable<ServiceSpec['update']> = {}): boolean {
  return last.outcome === 'failed' && rollback;
}

function lastGood(history: readonly ServiceRevision[]): ServiceRevision | undefined {
  return history.findLast(({ outcome }) => outcome === 'good');
}

/** As it is stored: without fields that are `undefined`. */
function recorded(spec: ServiceSpec): Record<string, unknown> {
  return JSON.parse(JSON.stringify(spec)) as Record<string, unknown>;
}
