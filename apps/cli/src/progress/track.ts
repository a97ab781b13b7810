import { type Container, formatBytes } from '@neb/core-types';

/** A phase a container went through on its way, and when that began here. */
export interface Phase {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** What there is to say about it now, such as bytes. */
  readonly detail: string;
}

/** A container's way so far. */
export interface Track {
  readonly title: string;
  /** When it was first looked at, in milliseconds since the epoch. */
  readonly from: number;
  readonly phases: readonly Phase[];
  readonly end: { readonly word: string; readonly at: number; readonly good: boolean; readonly message: string } | undefined;
}

/** The way with the container as it now is. Phases that come again, as after a restart, are phases of their own. */
export function advanced(track: Track | undefined, container: Container, now: number): Track {
  const title = container.metadata.name;
  const phases = track?.phases ?? [];
  const from = track?.from ?? now;
  const end = endOf(container, now);
  if (end) return { title, from, phases, end };
  const next = phaseOf(container);
  const last = phases.at(-1);
  const same = last?.name === next.name;
  return { title, from, phases: same ? [...phases.slice(0, -1), { ...last, detail: next.detail }] : [...phases, { ...next, from: now }], end: undefined };
}

function endOf({ status }: Container, at: number): Track['end'] {
  const message = status.message ?? '';
  const stalled = status.conditions.find(({ type, status: word }) => type === 'Stalled' && word === 'true');
  if (stalled) return { word: 'stalled', at, good: false, message: stalled.message || message };
  switch (status.status) {
    case 'completed': return { word: 'completed', at, good: true, message: '' };
    case 'failed': case 'stopped': case 'deleted': return { word: status.status, at, good: false, message };
    case 'running': return status.ready ? { word: 'ready', at, good: true, message: '' } : undefined;
    default: return undefined;
  }
}

/** Of what is under way, its name and its detail. */
function phaseOf({ status }: Container): { readonly name: string; readonly detail: string } {
  const { progress, message = '' } = status;
  switch (status.status) {
    case 'pending': return { name: 'placing', detail: message };
    case 'creating': return progress ? { name: progress.phase, detail: detailOf(progress) || message } : { name: 'placing', detail: message };
    case 'running': return { name: 'checking', detail: status.health?.message ?? 'waiting for its health check' };
    default: return { name: status.status, detail: message };
  }
}

/** `62%  1.2 GB of 1.9 GB`, or as much of it as is known. */
function detailOf({ done_bytes: done, total_bytes: total }: NonNullable<Container['status']['progress']>): string {
  if (done === undefined) return '';
  return total ? `${Math.floor((100 * done) / total)}%  ${formatBytes(done)} of ${formatBytes(total)}` : formatBytes(done);
}
