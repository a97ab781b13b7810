export { kyselyStore, type KyselyStore, type KyselyStoreOptions } from './kysely-store.ts';
export { migrate } from './migrate.ts';
export { postgresQueue } from './postgres-queue.ts';
export { type Notices, type Signals, signals } from './signals.ts';
