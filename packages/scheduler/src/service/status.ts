import { type Condition, type ServiceRevision, type ServiceStatus, timestamp, withCondition } from '@neb/core-types';
import { isDeepStrictEqual } from 'node:util';
import { type Trouble, withTrouble } from '../crew/trouble.ts';
import { present } from '../present.ts';
import type { Resource } from '../store.ts';

/** The finalizer of services that may have a door. */
export const doorFinalizer = 'door';

/** The status of a service that was just created. */
export const newServiceStatus: ServiceStatus = { status: 'creating', replicas: { desired: 0, ready: 0, starting: 0, draining: 0 }, revision: 0, history: [], conditions: [] };

export type StatusPatch = { readonly [Field in keyof ServiceStatus]?: ServiceStatus[Field] | undefined };

/** `status` with `patch` over it, and the conditions that it is in trouble or no more, and how its update stands; a field that is `undefined` goes. */
export function saying(service: Resource<'Service'>, patch: StatusPatch, { now, trouble }: { readonly now: number; readonly trouble?: Trouble | undefined }): ServiceStatus {
  const { status, generation } = service;
  const known = withTrouble(service, trouble, now);
  const { history = status.history, revision = status.revision } = patch;
  const updated = updatedAs(history, revision);
  const conditions = updated ? [...withCondition(known, { ...updated, generation }, timestamp(now))] : known;
  const next = { ...status, ...patch, conditions, ...(trouble ? { status: 'stalled' as const, message: trouble.message } : {}) };
  return present(next) as ServiceStatus;
}

/** What a service that went back says for as long as it does. */
export function wentBackWords(failed: ServiceRevision, to: number): string {
  return `revision ${failed.revision} failed, and revision ${to} runs instead: ${failed.message ?? 'it was never ready'}`;
}

/** How old the traffic that is written may be while some passes. */
const staleMs = 10_000;

/** `status`, or what is written already where only the traffic and what the autoscaler remembers went on, and what is written is not old. Pure. */
export function worthWriting({ status: before }: Pick<Resource<'Service'>, 'status'>, status: ServiceStatus): ServiceStatus {
  const bare = ({ traffic: _, scaling: __, ...rest }: ServiceStatus): object => rest;
  if (!isDeepStrictEqual(bare(before), bare(status)) || !before.scaling !== !status.scaling || !before.traffic !== !status.traffic) return status;
  if (!before.traffic || !status.traffic) return before;
  const ageMs = Math.abs(Date.parse(status.traffic.at) - Date.parse(before.traffic.at));
  return ageMs < staleMs || (isQuiet(before.traffic) && isQuiet(status.traffic)) ? before : status;
}

function isQuiet({ rps, in_flight: inFlight, waiting }: NonNullable<ServiceStatus['traffic']>): boolean {
  return rps + inFlight + waiting === 0;
}

function updatedAs(history: readonly ServiceRevision[], revision: number): Pick<Condition, 'type' | 'status' | 'reason' | 'message'> | undefined {
  const last = history.at(-1);
  if (!last) return undefined;
  if (revision !== last.revision) return { type: 'Updated', status: 'false', reason: 'RolledBack', message: wentBackWords(last, revision) };
  switch (last.outcome) {
    case 'good': return { type: 'Updated', status: 'true', reason: 'Complete', message: '' };
    case 'rolling': return { type: 'Updated', status: 'false', reason: 'Rolling', message: '' };
    case 'failed': return { type: 'Updated', status: 'false', reason: 'Failed', message: last.message ?? '' };
  }
}
