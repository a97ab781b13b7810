import type { Service } from '@neb/core-types';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import type { Moment } from './moment.ts';
import { replicasText, statusWord } from './replicas.ts';

export function serviceColumns({ now, style }: Moment): readonly Column<Service>[] {
  return [
    { title: 'NAMESPACE', cell: (s) => s.metadata.namespace },
    { title: 'NAME', cell: (s) => s.metadata.name },
    { title: 'ADDRESS', cell: (s) => s.status.address ?? '', shrinks: true },
    { title: 'REPLICAS', cell: replicasText, data: (s) => s.status.replicas.ready },
    { title: 'STATUS', cell: statusWord, colour: (s, text) => statusColour(statusWord(s), style)(text) },
    { title: 'LATENCY', cell: ({ status: { traffic } }) => millis(traffic?.p95_ms), data: (s) => s.status.traffic?.p95_ms, side: 'right' },
    { title: 'RPS', cell: ({ status: { traffic } }) => rate(traffic?.rps), data: (s) => s.status.traffic?.rps, side: 'right' },
    { title: 'AGE', cell: (s) => age(s.metadata.created_at, now), data: (s) => s.metadata.created_at, side: 'right' },
    { title: 'ID', wide: true, cell: (s) => s.metadata.id },
    { title: 'IMAGE', wide: true, cell: (s) => s.container.image ?? '', shrinks: true },
    { title: 'URL', wide: true, cell: (s) => s.status.url ?? '', shrinks: true },
    { title: 'IN FLIGHT', wide: true, cell: (s) => rate(s.status.traffic?.in_flight), data: (s) => s.status.traffic?.in_flight, side: 'right' },
    { title: 'WAITING', wide: true, cell: (s) => rate(s.status.traffic?.waiting), data: (s) => s.status.traffic?.waiting, side: 'right' },
    { title: 'REVISION', wide: true, cell: (s) => String(s.status.revision), data: (s) => s.status.revision, side: 'right' },
    { title: 'MESSAGE', wide: true, cell: (s) => s.status.message ?? s.status.decision?.reason ?? '', shrinks: true },
  ];
}

/** `0.4ms`, `120ms` or `2.5s`. */
export function millis(ms: number | undefined): string {
  if (ms === undefined) return '';
  return ms < 10 ? `${Number(ms.toFixed(1))}ms` : ms < 10_000 ? `${Math.round(ms)}ms` : `${Number((ms / 1_000).toFixed(1))}s`;
}

/** With one digit behind the point where it is small. */
export function rate(value: number | undefined): string {
  return value === undefined ? '' : String(value < 100 ? Number(value.toFixed(1)) : Math.round(value));
}
