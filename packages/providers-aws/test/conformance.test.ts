import { conformanceCases, type Subject } from '@neb/core-types/testing';
import { describe, test } from 'vitest';
import { sleeps, world } from './world.ts';

/** On demand, and of what may be interrupted, of which there is no suspend. */
async function setUp(spot: boolean): Promise<Subject> {
  const w = await world();
  return {
    provider: { ...w.provider, ...(spot && { suspend: undefined }), offers: (query, call) => w.provider.offers({ ...query, spot }, call) },
    fleet: w.fleet,
    spec: sleeps,
    exits: { ...sleeps, image: 'exits-3' },
    unstartable: { ...sleeps, image: 'missing' },
    listens: { spec: sleeps, port: 7, send: 'hello', says: 'hello' },
    async settle(reached) {
      await w.settle(reached, 120_000).catch(() => undefined);
    },
    loseNextAnswer: (verb = 'create') => void w.cloud.faults.add({ kind: 'lost_answer' }, { operation: operations[verb], times: 1 }),
    async dispose() {
      await w[Symbol.asyncDispose]();
    },
  };
}

const operations = { create: 'RunInstances', save: 'StopInstances', restore: 'StartInstances' } as const;

describe.each([['on demand', false], ['spot', true]] as const)('aws keeps the promises of a provider, %s', (_, spot) => {
  for (const { name, run } of conformanceCases(() => setUp(spot))) test(name, ({ skip }) => run((why) => skip(why)));
});
