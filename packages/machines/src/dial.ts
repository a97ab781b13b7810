import { type Clock, type Provider, sightings } from '@neb/core-types';
import { facet, located } from './located.ts';
import type { Machines } from './machines.ts';
import type { Seats } from './seats.ts';

/** Where a machine's container is changes only as the machine is stopped or goes. */
const countsMs = 10_000;
/** A machine that is gone does not even refuse. */
const trialMs = 3_000;
/** Clouds let themselves be asked only so often, and of one that cannot be reached every dial would ask. */
const cloudMs = 1_000;

/** Opens connections to containers on machines. Asks the cloud for a machine once in 10 seconds, where connections fail once a second. */
export function dialling({ machines, seats, clock }: { readonly machines: Machines; readonly seats: Seats; readonly clock: Clock }): NonNullable<Provider['dial']> {
  const answers = sightings({ clock, countsMs: cloudMs, look: async (id, call) => await machines.inspect(id, call) });
  const cloud: Pick<Machines, 'inspect'> = { inspect: async (id, call) => await answers.use(id, async (machine) => machine, call) };
  const all = sightings({
    clock, countsMs, trialMs,
    look: async (id, call) => await located(seats, { machines: cloud, id }, call),
    counts: ({ seat }) => !seat.isClosed(),
  });
  return async (ref, port, call) =>
    await all.use(ref, async ({ seat, container }, { signal }) => await facet(seat.engine(), 'dial')(container.ref, port, { signal }), call);
}
