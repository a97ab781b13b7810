import { afterAll, describe } from 'vitest';
import { kyselyGround, type Reach } from './kysely-ground.ts';
import { reachPglite } from './reach.ts';
import { storeSuites } from './suites.ts';

describe('PGlite', () => {
  const pglite: Reach = reachPglite();
  afterAll(() => pglite[Symbol.asyncDispose]());
  storeSuites(kyselyGround({ main: () => pglite }));
});
