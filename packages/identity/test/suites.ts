import { afterAll, beforeAll, describe } from 'vitest';
import { authenticateCases } from './authenticate-cases.ts';
import { migrateIdentity } from '../src/index.ts';
import { loginCases } from './login-cases.ts';
import { keyCases } from './key-cases.ts';
import { peopleCases } from './people-cases.ts';
import { stayingCases } from './staying-cases.ts';
import type { Engine } from './engines.ts';

/** Everything that identity promises, on an engine of its own. */
export function identitySuites(name: string, engine: () => Promise<Engine>): void {
  describe(name, () => {
    let opened: Engine;
    beforeAll(async () => {
      opened = await engine();
      // Replicas start at once.
      await Promise.all([migrateIdentity(opened.db), migrateIdentity(opened.db)]);
      await migrateIdentity(opened.db);
    });
    afterAll(() => opened[Symbol.asyncDispose]());
    peopleCases(() => opened.db);
    keyCases(() => opened.db);
    loginCases(() => opened.db);
    authenticateCases(() => opened.db);
    stayingCases(() => opened.db);
  });
}
