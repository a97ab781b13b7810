import { type Clock, type Instance, NebError, type Sightings, sightings } from '@neb/core-types';
import type { EngineClient } from './connection/client.ts';
import { findContainer } from './containers.ts';
import { instanceOf } from './translate.ts';

/** What dials know of an engine's containers, by name: that they run, their addresses and published ports. */
export type Ways = Sightings<Instance>;

/** Long enough for a burst of connections, too short for a restarted container to be missed for long. */
const countsMs = 5_000;
/** Nothing answers for an address whose container has stopped, not even by a refusal. */
const trialMs = 1_000;

/** Looks throw `not_found` where there is no container of that name, and `conflict` where it does not run. */
export function ways({ client, host, clock }: { readonly client: EngineClient; readonly host: string; readonly clock: Clock }): Ways {
  return sightings({
    clock, countsMs, trialMs,
    async look(name, { signal }) {
      const seen = await findContainer(client, name, signal);
      if (!seen) throw new NebError('not_found', `there is no container ${name} at ${client.at}`);
      const instance = instanceOf(host, seen);
      if (instance.state !== 'running') throw new NebError('conflict', `container ${name} is not running, so nothing can listen in it`);
      return instance;
    },
  });
}
