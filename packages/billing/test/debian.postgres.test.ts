import { postgresEngine } from './engines.ts';
import { billingSuites } from './suites.ts';

billingSuites('the PostgreSQL of Debian', postgresEngine);
