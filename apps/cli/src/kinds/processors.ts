import type { Processor } from '@neb/core-types';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import type { Moment } from './moment.ts';
import { replicasText, statusWord } from './replicas.ts';

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

const count = (value: number | undefined): string => (value === undefined ? '' : String(value));
