import { type Crew, isFree, mayWork, type Worker } from './crew.ts';

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
  /** Not before the time for another after one that ended by itself. */
  readonly mayStart: boolean;
  /** What is known of one that was asked to drain. */
  readonly asked: (worker: Worker) => Asked;
}

/** What a worker that drains has said, and since when it can know that it was asked. */
export interface Asked {
  readonly says: 'nothing' | 'drained';
  readonly sinceMs: number;
}

/** How long it may take to see that it was asked: until then it may take more. */
const hearingMs = 2_500;
/** How long a worker that was asked, holds nothing and says nothing is waited for: those of other makes never say anything. */
const silentMs = 10_000;

/**
 * Pure. Workers of an earlier specification are replaced one by one: a new one is started first, and an old one goes when it is ready.
 * Nobody goes who holds a message, or may: who runs, or may by now, is asked to drain first.
 */
export function planCrew(crew: Crew, { desired, mayStart, asked }: Wanted): CrewPlan {
  const { workers, strangers } = crew;
  const ended = workers.filter(({ is }) => is === 'ended');
  const leaving = workers.filter(({ drainingSince, is }) => drainingSince !== undefined && is !== 'ended' && is !== 'leaving');
  const done = leaving.filter((worker) => !mayWork(worker) || isDone(worker, asked(worker), strangers));
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
    drain: go.filter(mayWork),
    remove: [...ended, ...done, ...go.filter((worker) => !mayWork(worker))],
  };
}

/** One that has said so may hold what is to be tried again later: others take that. One that is not there yet looks whether it was asked before it takes anything. */
function isDone(worker: Worker, { says, sinceMs }: Asked, strangers: number): boolean {
  if (says === 'drained') return true;
  return isFree(worker, strangers) && sinceMs >= (worker.is === 'starting' ? hearingMs : silentMs);
}

/** Those first that are not there yet, then those that hold nothing, of them the youngest. */
function firstToGo(workers: readonly Worker[], strangers: number): readonly Worker[] {
  const order = (worker: Worker): number => (worker.is === 'starting' ? 0 : isFree(worker, strangers) ? 1 : 2);
  return workers.toSorted((a, b) => order(a) - order(b) || b.container.seq - a.container.seq);
}
