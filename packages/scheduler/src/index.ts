export type { Change, EventQuery, FeedEntry, ListQuery, NewEvent, Resource, SecretStore, Store } from './store.ts';
export type { NamespaceSpec, SecretSpec, SpecOf, StatusOf } from './specs.ts';
export type { Lease, Released, WorkQueue } from './work/work-queue.ts';
