import { pgliteEngine } from './engines.ts';
import { billingSuites } from './suites.ts';

billingSuites('PGlite', async () => pgliteEngine());
