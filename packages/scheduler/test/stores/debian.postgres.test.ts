import { debianBinaries } from './postgres-cluster.ts';
import { postgresSuites } from './postgres-suites.ts';

postgresSuites('the PostgreSQL of Debian', debianBinaries);
