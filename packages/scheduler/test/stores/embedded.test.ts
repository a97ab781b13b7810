import { embeddedBinaries } from './postgres-cluster.ts';
import { postgresSuites } from './postgres-suites.ts';

postgresSuites('the PostgreSQL of npm', async () => embeddedBinaries());
