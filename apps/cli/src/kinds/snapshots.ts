import { formatBytes, type SnapshotObject } from '@neb/core-types';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import { progressText } from './containers.ts';
import type { Moment } from './moment.ts';

export function snapshotColumns({ now, style }: Moment): readonly Column<SnapshotObject>[] {
  return [
    { title: 'NAMESPACE', cell: (s) => s.metadata.namespace },
    { title: 'NAME', cell: (s) => s.metadata.name },
    { title: 'CONTAINER', cell: (s) => s.container },
    { title: 'STATUS', cell: statusText, data: (s) => s.status.status, colour: (s, text) => statusColour(s.status.status, style)(text) },
    { title: 'KEEPS', cell: (s) => s.status.keeps ?? '' },
    { title: 'SIZE', cell: (s) => (s.status.size_bytes === undefined ? '' : formatBytes(s.status.size_bytes)), data: (s) => s.status.size_bytes, side: 'right' },
    { title: 'PLATFORM', cell: (s) => s.status.platform ?? (s.status.archive ? 'a file' : '') },
    { title: 'TAKEN', cell: (s) => age(s.status.taken_at, now), data: (s) => s.status.taken_at, side: 'right' },
    { title: 'EXPIRES', cell: (s) => s.status.expires_at ?? '', data: (s) => s.status.expires_at, wide: true },
    { title: 'ID', wide: true, cell: (s) => s.metadata.id },
    { title: 'ENGINE', wide: true, cell: (s) => s.status.made?.engine ?? '', shrinks: true },
    { title: 'KERNEL', wide: true, cell: (s) => s.status.made?.kernel ?? '' },
    { title: 'MESSAGE', wide: true, cell: (s) => s.status.message ?? '', shrinks: true },
  ];
}

function statusText({ status }: SnapshotObject): string {
  return status.status === 'saving' && status.progress?.done_bytes !== undefined ? progressText(status.progress) : status.status;
}
