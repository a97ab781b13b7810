import type { Pressure, StreamCare } from '@neb/core-types';
import { templateLabel } from '../crew/labels.ts';
import { type CrewStage, stageOf } from '../crew/stage.ts';
import type { Resource } from '../store.ts';
import { consumerOf } from './replica.ts';

/** A container of a processor, and what is known of it as a worker. */
export interface Worker {
  readonly container: Resource<'Container'>;
  readonly is: CrewStage;
  /** Messages it holds; `undefined` where no consumer is known to be it. */
  readonly pending: number | undefined;
  /** What it may read as: the name it was given, and those of the group that hold its own. */
  readonly consumers: readonly { readonly name: string; readonly pending: number }[];
  /** Whether it runs what the processor asks for now. */
  readonly current: boolean;
  /** Since when it was asked to take no more messages, in milliseconds since the epoch. */
  readonly drainingSince?: number | undefined;
}

/** All workers of a processor, and the messages that nobody of them is known to hold. */
export interface Crew {
  readonly workers: readonly Worker[];
  /** Consumers that hold messages and are none of the workers as far as their names tell. */
  readonly strangers: number;
}

export interface CrewFacts {
  readonly containers: readonly Resource<'Container'>[];
  readonly pressure: Pressure | undefined;
  readonly draining: readonly { readonly id: string; readonly since: string }[];
  readonly template: string;
}

/** Who works for a processor. Consumers are told by the hostname of their container, which their names hold, as neb's worker and the original's are named. */
export function crewOf({ containers, pressure, draining, template }: CrewFacts): Crew {
  const consumers = pressure?.consumers ?? [];
  const known = new Set<string>();
  const workers = containers.map((container): Worker => {
    const own = consumers.filter(({ name }) => name.includes(container.id));
    for (const { name } of own) known.add(name);
    const since = draining.find(({ id }) => id === container.id)?.since;
    const pending = own.length === 0 ? undefined : own.reduce((sum, one) => sum + one.pending, 0);
    const stage = stageOf(container);
    const given = consumerOf(container);
    return {
      container,
      // Who holds a message works, whatever its health check says.
      is: stage === 'starting' && pending ? 'ready' : stage,
      pending,
      consumers: own.some(({ name }) => name === given) ? own : [{ name: given, pending: 0 }, ...own],
      current: container.labels[templateLabel] === template,
      ...(since !== undefined && { drainingSince: Date.parse(since) }),
    };
  });
  return { workers, strangers: consumers.filter(({ name, pending }) => pending > 0 && !known.has(name)).length };
}

/** Those that run, told by what their consumers' names hold: what they hold is theirs still. */
export function liveOf(containers: CrewFacts['containers'], now: number): NonNullable<StreamCare['live']> {
  return containers.flatMap(({ id, status: { status, started_at: since } }) => (status === 'running' && since !== undefined ? [{ name: id, runsMs: now - Date.parse(since) }] : []));
}

/** Workers that hold a message for sure, or may: a stranger may be any whose consumer is not known. */
export function busyOf({ workers, strangers }: Crew): number {
  const active = workers.filter(({ is, drainingSince }) => is === 'ready' && drainingSince === undefined);
  const known = active.filter(({ pending = 0 }) => pending > 0).length;
  return known + Math.min(strangers, active.filter(({ pending }) => pending === undefined).length);
}

/** Whether it holds no message, as far as anybody can tell. */
export function isFree({ is, pending }: Worker, strangers: number): boolean {
  return is !== 'ready' || pending === 0 || (pending === undefined && strangers === 0);
}

/** Whether anything of it may run, and so take a message at any moment, whatever was seen of it last. */
export function mayWork({ is, container }: Worker): boolean {
  return is === 'ready' || (is === 'starting' && container.status.attempt !== undefined && container.status.attempt.ended_at === undefined);
}
