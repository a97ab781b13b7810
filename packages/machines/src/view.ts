import type { Failure, Instance, InstanceRef } from '@neb/core-types';
import type { Machine } from './machines.ts';

/** Whether it was put aside in the boot it is in: it is being stopped, or was. */
export function isAside({ aside, bootedAt }: Machine): boolean {
  return aside !== undefined && Date.parse(aside.bootedAt) === Date.parse(bootedAt);
}

/** Whether a container ended with an earlier boot of its machine, so that it is to be started again. */
export function isFromBefore({ state, startedAt = '' }: Instance, { aside, bootedAt }: Machine): boolean {
  return aside !== undefined && state === 'exited' && Date.parse(startedAt) < Date.parse(bootedAt);
}

/** What is known of the container of a machine that runs. */
export type ContainerSight =
  /** This process is bringing it there. */
  | { readonly kind: 'launching'; readonly progress: Instance['progress'] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'leaving' }
  | { readonly kind: 'there'; readonly container: Instance }
  /** The engine answers and has none. */
  | { readonly kind: 'none' }
  /** The engine does not answer. */
  | { readonly kind: 'silent'; readonly message: string };

/** How long a machine is waited for. */
export interface Patience {
  readonly nowMs: number;
  readonly startMs: number;
}

/** A machine and the container on it, as the one instance they are to everybody else. `sight` counts only where the machine runs. */
export function instanceOf(machine: Machine, sight: ContainerSight, patience: Patience): Instance {
  const base = { ref: machine.id as InstanceRef, key: machine.key, createdAt: machine.createdAt, ...(machine.endsAt !== undefined && { endsAt: machine.endsAt }) };
  switch (machine.state) {
    case 'pending': return { ...base, state: 'pending', progress: { phase: 'provisioning' } };
    case 'ending': return { ...base, state: 'unknown', reason: machine.reason ?? 'Ending' };
    case 'stopping':
    case 'stopped':
      if (isAside(machine)) return { ...base, state: 'suspended', ...(machine.restingPricePerHour !== undefined && { pricePerHour: machine.restingPricePerHour }) };
      return { ...base, state: 'exited', reason: machine.reason ?? 'Stopped' };
    case 'running': return { ...base, ...contained(sight, { machine, ...patience }) };
  }
}

function contained(sight: ContainerSight, { machine, nowMs, startMs }: Patience & { readonly machine: Machine }): Omit<Instance, 'ref' | 'key' | 'createdAt'> {
  const isOld = nowMs - Date.parse(machine.bootedAt) > startMs;
  switch (sight.kind) {
    case 'launching': return { state: 'pending', progress: sight.progress };
    case 'failed': return { state: 'failed', failure: sight.failure };
    case 'leaving': return { state: 'unknown', reason: 'Leaving' };
    case 'there':
      if (isFromBefore(sight.container, machine)) return { state: 'pending', progress: { phase: 'starting' } };
      // It ends because its machine is being stopped, which the cloud does not show yet.
      if (sight.container.state === 'exited' && isAside(machine)) return { state: 'unknown', reason: 'Suspending' };
      // Ports and addresses of the container mean nothing outside its machine.
      return { ...without(sight.container), address: undefined, ports: [] };
    case 'none':
      if (!isOld) return { state: 'pending', progress: { phase: 'starting' } };
      return { state: 'failed', failure: { code: 'timeout', message: `machine ${machine.id} has been without its container for ${startMs / 1_000} s: the process that was to start it is gone` } };
    // It may have run for long: only its container's own word ends it.
    case 'silent': return isOld ? { state: 'unknown', reason: 'Unreachable' } : { state: 'pending', progress: { phase: 'provisioning' } };
  }
}

/** What is the machine's: its handle, its key and since when it costs. */
function without({ ref: _ref, key: _key, createdAt: _createdAt, ...rest }: Instance): Omit<Instance, 'ref' | 'key' | 'createdAt'> {
  return rest;
}
