import { type Call, type Instance, NebError, type Provider } from '@neb/core-types';
import type { MachineEngine } from './access.ts';
import type { Machines } from './machines.ts';
import type { Seat } from './seat.ts';
import type { Seats } from './seats.ts';

/** A container on a machine, and the seat whose engine runs it. */
export interface Located {
  readonly seat: Seat;
  readonly container: Instance;
}

/** The container of a machine. Throws `not_found` where the machine is gone, which ends all that is under way there, and `conflict` where it has no container yet. */
export async function located(seats: Seats, { machines, id }: { readonly machines: Pick<Machines, 'inspect'>; readonly id: string }, call?: Call): Promise<Located> {
  call?.signal?.throwIfAborted();
  const machine = await machines.inspect(id, call);
  seats.heard(id, machine);
  if (!machine) throw new NebError('not_found', `there is no machine ${id}`);
  if (machine.state !== 'running') throw new NebError('conflict', `machine ${id} does not run`);
  const seat = seats.at(machine);
  const container = await seat.container(call);
  if (container) return { seat, container };
  throw new NebError('conflict', `the container of machine ${id} has not started yet`);
}

/** What an engine offers besides the verbs. Throws `unsupported` where it does not. */
export function facet<K extends 'logs' | 'exec' | 'dial' | 'files' | 'usage'>(engine: MachineEngine, name: K): NonNullable<Provider[K]> {
  const found = engine[name];
  if (found === undefined) throw new NebError('unsupported', `the engine of the machine has no ${name}`);
  return found;
}
