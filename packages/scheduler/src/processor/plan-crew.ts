import { type Crew, isFree, type Worker } from './crew.ts';

/** What is to be done for a processor to have as many workers as it should. */
export interface CrewPlan {
  readonly create: number;
  /** To be asked to take no more messages. */
  readonly drain: readonly Worker[];
  /** To go now: they hold nothing. */
  readonly remove: readonly Worker[];
}

export interface Wanted {
  readonly desired: number;
  readonly now: number;
  /** Not before the time for another after one that ended by itself. */
  readonly mayStart: boolean;
  /** How long a worker that was asked, holds nothing and says nothing is waited for. */
  readonly silentMs: number;
  /** Which of those that drain have said that they are done. */
  readonly drained: (worker: Worker) => boolean;
}

/**
 * Pure. Workers of an earlier specification are replaced one by one: a new one is started first, and an old one goes when it is ready.
 * Nobody goes who holds a message, or may: who is ready is asked to drain first.
 */
export function planCrew(crew: Crew, { desired, now, mayStart, silentMs, drained }: Wanted): CrewPlan {
  const { workers, strangers } = crew;
  const ended = workers.filter(({ is }) => is === 'ended');
  const leaving = workers.filter(({ drainingSince, is }) => drainingSince !== undefined && is !== 'ended' && is !== 'leaving');
  const done = leaving.filter((worker) => worker.is !== 'ready' || drained(worker) || (now - worker.drainingSince! >= silentMs && isFree(worker, strangers)));
  const at = workers.filter(({ is, drainingSince }) => (is === 'ready' || is === 'starting') && drainingSince === undefined);
  const [current, old] = [at.filter((worker) => worker.current), at.filter((worker) => !worker.current)];

  const lacking = desired - current.length;
  // One more than desired while old ones are replaced, so that there are never fewer.
  const create = mayStart && ended.length === 0 ? Math.max(0, old.length === 0 ? lacking : Math.min(lacking, desired + 1 - at.length)) : 0;
  const readyNow = current.filter(({ is }) => is === 'ready').length;
  const surplusOld = Math.min(old.length, Math.max(desired === 0 ? old.length : 0, readyNow + old.length - desired, old.length - desired));
  const surplus = Math.max(0, current.length - desired);
  const go = [...firstToGo(old, strangers).slice(0, surplusOld), ...firstToGo(current, strangers).slice(0, surplus)];
  return {
    create,
    drain: go.filter(({ is }) => is === 'ready'),
    remove: [...ended, ...done, ...go.filter(({ is }) => is === 'starting')],
  };
}

/** Those first that are not there yet, then those that hold nothing, of them the youngest. */
function firstToGo(workers: readonly Worker[], strangers: number): readonly Worker[] {
  const order = (worker: Worker): number => (worker.is === 'starting' ? 0 : isFree(worker, strangers) ? 1 : 2);
  return workers.toSorted((a, b) => order(a) - order(b) || b.container.seq - a.container.seq);
}
