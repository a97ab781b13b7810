import { isNebError } from '@neb/core-types';
import { isRefusal } from '../errors.ts';

/** Whether what an engine was to take away is gone, or is being taken away by another. Of some of that it says so with the status of its own faults. */
export function isGone(error: unknown): boolean {
  return isNebError(error, 'not_found') || isRefusal(error, 409) || isNoCheckpoint(error) || isRefusal(error, 500, /unrecognized image ID/i);
}

/** Whether a container has no checkpoint of that name; where it has no folder for any, the engine says no name. */
export function isNoCheckpoint(error: unknown): boolean {
  return isRefusal(error, 500, /checkpoint .*does not exist for container/i);
}
