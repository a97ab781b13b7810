import { type AuditRecord, type Event, type Namespace, quotaFields, type Secret } from '@neb/core-types';
import type { PlatformView, QuotaView } from '@neb/sdk/contract';
import { age } from '../render/age.ts';
import { statusColour } from '../render/style.ts';
import type { Column } from '../render/table.ts';
import type { Moment } from './moment.ts';

export function secretColumns({ now }: Moment): readonly Column<Secret>[] {
  return [
    { title: 'NAMESPACE', cell: (s) => s.metadata.namespace },
    { title: 'NAME', cell: (s) => s.metadata.name },
    { title: 'EXPIRES', cell: (s) => s.expires_at ?? 'never', data: (s) => s.expires_at },
    { title: 'UPDATED', cell: (s) => age(s.metadata.updated_at, now), data: (s) => s.metadata.updated_at, side: 'right' },
    { title: 'AGE', cell: (s) => age(s.metadata.created_at, now), data: (s) => s.metadata.created_at, side: 'right' },
    { title: 'ID', wide: true, cell: (s) => s.metadata.id },
    { title: 'OWNER', wide: true, cell: (s) => s.metadata.owner },
  ];
}

export function namespaceColumns({ now, style }: Moment): readonly Column<Namespace>[] {
  return [
    { title: 'NAME', cell: (n) => n.metadata.name },
    { title: 'STATUS', cell: (n) => n.status.status, colour: (n, text) => statusColour(n.status.status, style)(text) },
    { title: 'OWNER', cell: (n) => n.metadata.owner },
    { title: 'AGE', cell: (n) => age(n.metadata.created_at, now), data: (n) => n.metadata.created_at, side: 'right' },
    { title: 'ID', wide: true, cell: (n) => n.metadata.id },
    { title: 'MESSAGE', wide: true, cell: (n) => n.status.message ?? '', shrinks: true },
  ];
}

export function eventColumns({ now, style }: Moment): readonly Column<Event>[] {
  return [
    { title: 'LAST', cell: (e) => age(e.last_at, now), data: (e) => e.last_at, side: 'right' },
    { title: 'TYPE', cell: (e) => e.type, colour: (e, text) => (e.type === 'warning' ? style.yellow(text) : text) },
    { title: 'NAMESPACE', cell: (e) => e.object.namespace },
    { title: 'OBJECT', cell: (e) => `${e.object.kind.toLowerCase()}/${e.object.name}`, shrinks: true },
    { title: 'REASON', cell: (e) => e.reason },
    { title: 'COUNT', wide: true, cell: (e) => String(e.count), data: (e) => e.count, side: 'right' },
    { title: 'FIRST', wide: true, cell: (e) => age(e.first_at, now), data: (e) => e.first_at, side: 'right' },
    { title: 'MESSAGE', cell: (e) => (e.count > 1 ? `${e.message} (x${e.count})` : e.message), data: (e) => e.message },
  ];
}

export function auditColumns({ style }: Moment): readonly Column<AuditRecord>[] {
  return [
    { title: 'AT', cell: ({ entry }) => entry.at },
    { title: 'WHO', cell: ({ entry }) => entry.who, shrinks: true },
    { title: 'VERB', cell: ({ entry }) => entry.verb },
    { title: 'OBJECT', cell: ({ entry }) => [entry.kind.toLowerCase(), entry.namespace, entry.name].filter((part) => part !== undefined).join('/'), shrinks: true },
    { title: 'OUTCOME', cell: ({ entry }) => entry.outcome, colour: ({ entry }, text) => (entry.outcome === 'ok' ? text : style.yellow(text)) },
    { title: 'SEQ', wide: true, cell: ({ seq }) => String(seq), data: ({ seq }) => seq, side: 'right' },
    { title: 'OWNER', wide: true, cell: ({ entry }) => entry.owner ?? '' },
    { title: 'CREDENTIAL', wide: true, cell: ({ entry }) => entry.credential ?? '' },
    { title: 'ADDRESS', wide: true, cell: ({ entry }) => entry.address ?? '' },
    { title: 'REQUEST', wide: true, cell: ({ entry }) => entry.request ?? '' },
    { title: 'WHY', cell: ({ entry }) => entry.why ?? '' },
  ];
}

/** What is taken, and of how much: `3/10`, or `3` where nothing limits it. */
export function quotaColumns(): readonly Column<QuotaView>[] {
  return [
    { title: 'OF', cell: ({ of }) => of },
    { title: 'NAME', cell: ({ name }) => name },
    ...quotaFields.map((field): Column<QuotaView> => ({
      title: field.toUpperCase(), side: 'right',
      cell: ({ quota, usage }) => [usage[field], quota[field]].filter((amount) => amount !== undefined).map((amount) => `${amount}${field === 'memory' ? 'Gi' : ''}`).join('/'),
    })),
  ];
}

export function platformColumns({ style }: Moment): readonly Column<PlatformView>[] {
  return [
    { title: 'PLATFORM', cell: (p) => p.name },
    { title: 'READY', cell: yesNo, colour: (p, text) => statusColour(yesNo(p), style)(text) },
    { title: 'RUNNING', cell: (p) => String(p.running), data: (p) => p.running, side: 'right' },
    { title: 'CAN', cell: (p) => p.capabilities.join(', '), shrinks: true },
    { title: 'MISSING', cell: (p) => p.message ?? '' },
  ];
}

const yesNo = (p: PlatformView): string => (p.ready ? 'yes' : 'no');
