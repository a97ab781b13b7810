import type { AuditRecord, ContainerRow, Event } from '@neb/core-types';
import type { Neb, OffersInput, PlatformView, QuotaView } from '@neb/sdk';
import { type AnyObject, clientOf, slashName } from '../objects.ts';
import type { Column } from '../render/table.ts';
import type { Session } from '../session.ts';
import { budgetColumns } from './budgets.ts';
import { containerRowColumns, containerColumns } from './containers.ts';
import type { Moment } from './moment.ts';
import { auditColumns, eventColumns, namespaceColumns, platformColumns, quotaColumns, secretColumns } from './others.ts';
import { processorColumns } from './processors.ts';
import { serviceColumns } from './services.ts';
import { snapshotColumns } from './snapshots.ts';
import { kindEntry, type ObjectKind, type ShownKind } from './table.ts';

/** What a list is narrowed down to by the server. */
export interface Query {
  readonly namespace?: string | undefined;
  readonly selector?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly gone?: boolean | undefined;
  /** Of accelerators. */
  readonly offers?: OffersInput | undefined;
  readonly owner?: string | undefined;
  /** Most items in all; all if absent. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
  /** Where a watch goes on from. */
  readonly position?: string | undefined;
  /** What there is to say of it besides, on stderr. */
  readonly notes?: readonly string[] | undefined;
}

/** How `get` shows a kind. */
export interface Shown<T> {
  readonly columns: (moment: Moment) => readonly Column<T>[];
  readonly name: (item: T) => string;
  readonly id: (item: T) => string;
  readonly list: (neb: Neb, query: Query, session: Session) => Promise<Page<T>>;
}

export function shownObjects<K extends ObjectKind>(kind: K): Shown<AnyObject> {
  const columns = { Container: containerColumns, Namespace: namespaceColumns, Secret: secretColumns, Processor: processorColumns, Service: serviceColumns, Snapshot: snapshotColumns, Budget: budgetColumns }[kind] as (moment: Moment) => readonly Column<AnyObject>[];
  return {
    columns, name: slashName, id: (object) => object.metadata.id,
    list: (neb, query, session) => pages(query, (limit, cursor) => {
      const { namespace, selector, statuses, gone } = query;
      const within = kindEntry(kind).namespaced ? { namespace } : {};
      return clientOf(neb, kind).list({ ...within, selector, statuses, gone, limit, cursor }, session).page();
    }),
  };
}

/** Containers where names, or the columns of a table that is not wide, are all that is shown. */
const shownRows: Shown<ContainerRow> = {
  columns: containerRowColumns, name: ({ metadata }) => `container/${metadata.name}`, id: ({ metadata }) => metadata.id,
  list: (neb, { namespace, selector, statuses, gone, limit: most, cursor: from }, session) =>
    pages({ limit: most, cursor: from }, (limit, cursor) => neb.containers.rows({ namespace, selector, statuses, gone, limit, cursor }, session).page(), 5_000),
};

export const shownEvents: Shown<Event> = {
  columns: eventColumns, name: (event) => `event/${event.id}`, id: (event) => event.id,
  list: (neb, query, session) => pages(query, (limit, cursor) => neb.events.list({ namespace: query.namespace, limit, cursor }, session).page()),
};

const shownAudit: Shown<AuditRecord> = {
  columns: auditColumns, name: ({ seq }) => `audit/${seq}`, id: ({ seq }) => String(seq),
  list: (neb, query, session) => pages(query, (limit, cursor) => neb.audit.list({ namespace: query.namespace, limit, cursor }, session).page()),
};

const shownQuotas: Shown<QuotaView> = {
  columns: quotaColumns, name: ({ of, name }) => `${of}/${name}`, id: ({ name }) => name,
  list: async (neb, { owner }, session) => ({ items: await neb.quotas.list({ ...(owner !== undefined && { owner }) }, session) }),
};

const shownPlatforms: Shown<PlatformView> = {
  columns: platformColumns, name: (platform) => `platform/${platform.name}`, id: (platform) => platform.name,
  list: async (neb, _, session) => ({ items: await neb.platforms(session) }),
};

/** Calls `use` with how a kind is shown, whatever its items are; `brief` where no more than a table's columns is. */
export async function shownAs<R>(kind: ShownKind, use: <T>(of: Shown<T>) => R | Promise<R>, brief = false): Promise<R> {
  if (kind === 'Container' && brief) return use(shownRows);
  switch (kind) {
    case 'Container': case 'Namespace': case 'Secret': case 'Processor': case 'Service': case 'Snapshot': case 'Budget': return use(shownObjects(kind));
    // Loaded only where they are shown.
    case 'Organisation': return use((await import('./identity.ts')).shownOrganisations);
    case 'ServiceAccount': return use((await import('./identity.ts')).shownServiceAccounts);
    case 'Key': return use((await import('./identity.ts')).shownKeys);
    case 'User': return use((await import('./identity.ts')).shownUsers);
    case 'Event': return use(shownEvents);
    case 'Audit': return use(shownAudit);
    case 'Quota': return use(shownQuotas);
    case 'Platform': return use(shownPlatforms);
    case 'Accelerator': return use((await import('./offers.ts')).shownAccelerators);
  }
}

/** All that is asked for, page after page. */
export async function pages<T>({ limit, cursor: from }: Query, fetchPage: (limit: number, cursor: string | undefined) => Promise<Page<T>>, pageSize = 1_000): Promise<Page<T>> {
  const items: T[] = [];
  let cursor = from;
  let position: string | undefined;
  do {
    const page = await fetchPage(Math.min(pageSize, (limit ?? Infinity) - items.length), cursor);
    // Of the first page: what changed while the others were read is told again, and harmless.
    position ??= page.position;
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && items.length < (limit ?? Infinity));
  return { items, next: cursor, position };
}
