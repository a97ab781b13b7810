import type { Pod } from './replies.ts';

/** Notices that a container ended and RunPod started it again, which nothing tells of: its uptime goes back. */
export interface Restarts {
  /** Whether that happened to the pod since this process first saw it run. */
  noticed(pod: Pod): boolean;
}

const remembered = 5_000;

export function restarts(): Restarts {
  const runs = new Map<string, { readonly startedAt: Pod['startedAt']; readonly uptime: number; readonly again: boolean }>();
  return {
    noticed({ id, status, startedAt, runtime }) {
      const uptime = runtime?.uptime;
      // A pod that was stopped and started begins anew.
      if (status !== 'RUNNING') runs.delete(id);
      if (status !== 'RUNNING' || uptime === undefined) return false;
      if (runs.size >= remembered) runs.clear();
      const before = runs.get(id);
      const again = before !== undefined && before.startedAt === startedAt && (before.again || uptime < before.uptime);
      runs.set(id, { startedAt, uptime, again });
      return again;
    },
  };
}
