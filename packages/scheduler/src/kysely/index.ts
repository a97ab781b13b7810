export { kyselyStore, type KyselyStore, type KyselyStoreOptions } from './kysely-store.ts';
export { migrate } from './migrate.ts';
export { namedQueries } from './named-queries.ts';
export { type Notices, type SignalOptions, type Signals, signals, type Topic } from './signals.ts';
export { type Keep, tidy } from './tidy.ts';
export { takingTurns } from './turns.ts';
export { inRole, raiseWall } from './wall.ts';
