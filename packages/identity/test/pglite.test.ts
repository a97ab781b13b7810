import { identitySuites } from './suites.ts';
import { pgliteEngine } from './engines.ts';

identitySuites('PGlite', async () => pgliteEngine());
