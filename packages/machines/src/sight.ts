import { type Call, messageOf } from '@neb/core-types';
import type { Seat } from './seat.ts';
import type { ContainerSight } from './view.ts';

/** What this process can tell of the container of a machine that runs. Rejects only where the call was aborted. */
export async function sightOf(seat: Seat, call?: Call): Promise<ContainerSight> {
  if (seat.isLeaving()) return { kind: 'leaving' };
  const launch = seat.launch();
  const failure = launch?.failure();
  if (failure) return { kind: 'failed', failure };
  if (launch && !launch.isOver()) return { kind: 'launching', progress: launch.progress() };
  try {
    const container = await seat.container(call);
    // While it was looked for, the last of it may have gone.
    if (seat.isLeaving()) return { kind: 'leaving' };
    return container ? { kind: 'there', container } : { kind: 'none' };
  } catch (error) {
    call?.signal?.throwIfAborted();
    return { kind: 'silent', message: messageOf(error) };
  }
}
