import type { ProcessorStatus } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import { graceMs, type ScalingState } from '../autoscale/watch.ts';
import type { Resource } from '../store.ts';

/** Well before what lies between two written looks would count as unseen. */
const keepMs = graceMs / 2;

/**
 * `status`, or what is written already where nothing differs that people see and only the autoscaler's memory went on: now and then
 * while something goes on, and not at all while there is nothing to do, since the next look then tells as much from what is written. Pure.
 */
export function worthWriting({ status: before }: Pick<Resource<'Processor'>, 'status'>, status: ProcessorStatus): ProcessorStatus {
  const [was, is] = [before.scaling as ScalingState | undefined, status.scaling as ScalingState | undefined];
  if (!was || !is || !isDeepStrictEqual({ ...before, scaling: undefined }, { ...status, scaling: undefined })) return status;
  if (!isDeepStrictEqual(lasting(was), lasting(is))) return status;
  return is.idleSince !== undefined || Math.abs(is.seen.at - was.seen.at) < keepMs ? before : status;
}

/** What does not move by itself. */
function lasting({ desired, seen, above, below, grewAt, idleSince }: ScalingState): object {
  const { at: _, ...found } = seen;
  return { desired, found, above: above?.since, below: below?.since, grewAt, idleSince };
}
