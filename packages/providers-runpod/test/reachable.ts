import type { Machinery, MachineEvent, Workload } from '@neb/cloud-simulator';

export type Published = NonNullable<Extract<MachineEvent, { kind: 'running' }>['published']>;

/** Machines whose ports are reached where `publish` says; it is told where they would be otherwise. */
export function reachable(machinery: Machinery, publish: (workload: Workload, otherwise: Published) => Promise<Published>): Machinery {
  return {
    ...machinery,
    start: (id, workload, tell) => machinery.start(id, workload, (event) => {
      if (event.kind !== 'running') return tell(event);
      void publish(workload, event.published ?? new Map()).then((published) => tell({ ...event, published }));
    }),
  };
}
