import type { Processor } from '@neb/core-types';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import type { Moment } from './moment.ts';

export function processorColumns({ now, style }: Moment): readonly Column<Processor>[] {
  return [
    { title: 'NAMESPACE', cell: (p) => p.metadata.namespace },
    { title: 'NAME', cell: (p) => p.metadata.name },
    { title: 'STREAM', cell: (p) => p.status.stream, shrinks: true },
    { title: 'REPLICAS', cell: replicasText, data: (p) => p.status.replicas.ready },
    { title: 'STATUS', cell: statusWord, colour: (p, text) => statusColour(statusWord(p), style)(text) },
    { title: 'PRESSURE', cell: (p) => count(p.status.pressure), data: (p) => p.status.pressure, side: 'right' },
    { title: 'AGE', cell: (p) => age(p.metadata.created_at, now), data: (p) => p.metadata.created_at, side: 'right' },
    { title: 'ID', wide: true, cell: (p) => p.metadata.id },
    { title: 'IMAGE', wide: true, cell: (p) => p.container.image ?? '', shrinks: true },
    { title: 'BACKLOG', wide: true, cell: (p) => count(p.status.backlog), data: (p) => p.status.backlog, side: 'right' },
    { title: 'PENDING', wide: true, cell: (p) => count(p.status.pending), data: (p) => p.status.pending, side: 'right' },
    { title: 'DONE', wide: true, cell: (p) => count(p.status.acknowledged), data: (p) => p.status.acknowledged, side: 'right' },
    { title: 'MESSAGE', wide: true, cell: (p) => p.status.message ?? p.status.decision?.reason ?? '', shrinks: true },
  ];
}

/** The status word, unless its end has been asked for. */
function statusWord({ status, metadata }: Processor): string {
  return metadata.deleted_at !== undefined && status.status !== 'deleted' ? 'deleting' : status.status;
}

/** `2/3 (0-10)`: ready of those that should be, and what bounds them; `3!` where somebody asked for three by hand. */
function replicasText({ status: { replicas, pinned }, ...spec }: Processor): string {
  const { min, max } = replicaBounds(spec);
  return `${replicas.ready}/${replicas.desired}${pinned === undefined ? '' : '!'} (${min}-${max})`;
}

/** The fewest and the most workers, with what holds where a manifest says nothing. */
function replicaBounds({ min_replicas: min = 1, max_replicas: max }: Pick<Processor, 'min_replicas' | 'max_replicas'>): { readonly min: number; readonly max: number } {
  return { min, max: max ?? Math.max(10, min) };
}

const count = (value: number | undefined): string => (value === undefined ? '' : String(value));
