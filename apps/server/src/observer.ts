import type { Observer } from '@neb/scheduler';
import type { Log } from './log.ts';

/** Turns what the scheduler tells into log lines, and passes it on to be counted. */
export function observing(log: Log, counted: Observer): Observer {
  return {
    onPass(kind, report) {
      counted.onPass?.(kind, report);
      const { key, outcome, ms, error } = report;
      const fact = { [kind.toLowerCase()]: key, outcome, ms, ...(error !== undefined && { error }) };
      if (outcome === 'failed' || outcome === 'abandoned' || outcome === 'stopped') log.warn(fact, 'a pass failed');
      else log.debug(fact, 'a pass');
    },
    onAttempt(attempt) {
      counted.onAttempt?.(attempt);
      const { what, containerId, ...rest } = attempt;
      log.info({ container: containerId, ...rest }, `attempt ${what}`);
    },
    onSweep(sweep) {
      counted.onSweep?.(sweep);
      if (sweep.deleted > 0) log.warn(sweep, 'removed instances that nobody owns');
      else log.debug(sweep, 'a sweep');
    },
    onTrouble(where, error) {
      counted.onTrouble?.(where, error);
      log.warn({ where, error }, 'trouble; it is tried again');
    },
  };
}
