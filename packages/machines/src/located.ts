import { type Call, type Instance, type InstanceRef, NebError, type Provider } from '@neb/core-types';
import type { MachineEngine } from './access.ts';
import type { Machines } from './machines.ts';
import type { Seats } from './seats.ts';

/** A container on a machine, and the engine that runs it. */
export interface Located {
  readonly engine: MachineEngine;
  readonly container: Instance;
}

/** The container of an instance. Throws `not_found` where the machine is gone, `conflict` where it has no container yet. */
export async function located(seats: Seats, { machines, ref }: { readonly machines: Machines; readonly ref: InstanceRef }, call?: Call): Promise<Located> {
  call?.signal?.throwIfAborted();
  const machine = await machines.inspect(ref, call);
  if (!machine) throw new NebError('not_found', `there is no machine ${ref}`);
  if (machine.state !== 'running') throw new NebError('conflict', `machine ${ref} does not run`);
  const seat = seats.at(machine);
  const container = await seat.container(call);
  if (container) return { engine: seat.engine(), container };
  throw new NebError('conflict', `the container of machine ${ref} has not started yet`);
}

/** What an engine offers besides the verbs. Throws `unsupported` where it does not. */
export function facet<K extends 'logs' | 'exec' | 'dial' | 'files' | 'usage'>(engine: MachineEngine, name: K): NonNullable<Provider[K]> {
  const found = engine[name];
  if (found === undefined) throw new NebError('unsupported', `the engine of the machine has no ${name}`);
  return found;
}
