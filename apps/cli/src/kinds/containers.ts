import { type Container, type ContainerRow, formatBytes } from '@neb/core-types';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import type { Moment } from './moment.ts';

/** The columns of `neb get containers`, which a row is enough for. */
export function containerRowColumns({ now, style }: Moment): readonly Column<ContainerRow>[] {
  return [
    { title: 'NAMESPACE', cell: (c) => c.metadata.namespace },
    { title: 'NAME', cell: (c) => c.metadata.name },
    { title: 'STATUS', cell: statusText, data: (c) => c.status.status, colour: (c, text) => statusColour(c.status.status, style)(text) },
    { title: 'EXIT', cell: (c) => text(c.status.exit_code), data: (c) => c.status.exit_code, side: 'right' },
    { title: 'RESTARTS', cell: (c) => text(c.status.restart_count), data: (c) => c.status.restart_count, side: 'right' },
    { title: 'PLATFORM', cell: (c) => c.status.platform ?? c.platform ?? '' },
    { title: 'ACCELERATOR', cell: (c) => c.status.accelerator ?? c.accelerators?.join(', ') ?? '', shrinks: true },
    { title: 'PRICE', cell: price, data: (c) => c.status.cost_per_hr, side: 'right' },
    { title: 'AGE', cell: (c) => age(c.metadata.created_at, now), data: (c) => c.metadata.created_at, side: 'right' },
  ];
}

/** Those, and the columns of `-o wide`. */
export function containerColumns(moment: Moment): readonly Column<Container>[] {
  const { now } = moment;
  return [
    ...containerRowColumns(moment),
    { title: 'ID', wide: true, cell: (c) => c.metadata.id },
    { title: 'IMAGE', wide: true, cell: (c) => c.image ?? '', shrinks: true },
    { title: 'ADDRESS', wide: true, cell: (c) => c.status.address ?? c.status.hostname ?? '' },
    { title: 'PORTS', wide: true, cell: ports, shrinks: true },
    { title: 'UPTIME', wide: true, cell: (c) => uptime(c, now), data: (c) => c.status.started_at, side: 'right' },
    { title: 'MESSAGE', wide: true, cell: (c) => c.status.message ?? '', shrinks: true },
  ];
}

/** The status word, with what makes it worth a second look. */
function statusText({ status, metadata }: ContainerRow): string {
  if (metadata.deleted_at !== undefined && status.status !== 'deleted') return 'deleting';
  if (status.status === 'creating' && status.progress) return `creating (${progressText(status.progress)})`;
  return status.status === 'running' && !status.ready ? 'running (not ready)' : status.status;
}

/** `pulling 62%`, `pulling 12 MB` or `starting`. */
export function progressText({ phase, done_bytes, total_bytes }: NonNullable<ContainerRow['status']['progress']>): string {
  if (done_bytes === undefined) return phase;
  return total_bytes ? `${phase} ${Math.floor((100 * done_bytes) / total_bytes)}%` : `${phase} ${formatBytes(done_bytes)}`;
}

/** Of what runs or is about to: an end costs nothing. */
function price({ status }: ContainerRow): string {
  const ended = ['completed', 'failed', 'stopped', 'deleted'].includes(status.status);
  return status.cost_per_hr === undefined || ended ? '' : `$${status.cost_per_hr}/h`;
}

function ports({ status }: Container): string {
  return (status.public_ports ?? []).map((p) => `${p.public_ip}:${p.public_port}->${p.port}/${p.protocol}`).join(', ');
}

function uptime({ status }: Container, now: number): string {
  return status.status === 'running' ? age(status.started_at, now) : '';
}

const text = (value: number | undefined): string => (value === undefined ? '' : String(value));
