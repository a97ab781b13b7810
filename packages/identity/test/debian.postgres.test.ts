import { postgresEngine } from './engines.ts';
import { identitySuites } from './suites.ts';

identitySuites('the PostgreSQL of Debian', postgresEngine);
