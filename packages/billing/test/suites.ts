import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { migrateBilling } from '../src/index.ts';
import type { Engine } from './engines.ts';
import { followCases } from './follow-cases.ts';
import { emptied, ledgerCases } from './ledger-cases.ts';
import { openmeterCases } from './openmeter-cases.ts';
import { spendingCases } from './spending-cases.ts';
import { streamCases } from './stream-cases.ts';

/** What holds on every engine. */
export function billingSuites(name: string, make: () => Promise<Engine>): void {
  describe(name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await make();
      await migrateBilling(engine.db);
      await migrateBilling(engine.db);
    });
    beforeEach(() => emptied(engine.db));
    afterAll(() => engine[Symbol.asyncDispose]());
    ledgerCases(() => engine.db);
    followCases(() => engine.db);
    spendingCases(() => engine.db);
    streamCases(() => engine.db);
    openmeterCases(() => engine.db);
  });
}
