import { conformanceCases, type Subject } from '@neb/core-types/testing';
import { describe, test } from 'vitest';
import { sleeps, world } from './world.ts';

async function setUp(): Promise<Subject> {
  const w = await world();
  return {
    provider: w.provider,
    fleet: w.fleet,
    spec: sleeps,
    exits: { ...sleeps, image: 'exits-3' },
    unstartable: { ...sleeps, image: 'missing' },
    listens: { spec: sleeps, port: 7, send: 'hello', says: 'hello' },
    async settle(reached) {
      await w.settle(reached, 120_000).catch(() => undefined);
    },
    loseNextAnswer: () => void w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'RunInstances', times: 1 }),
    async dispose() {
      await w[Symbol.asyncDispose]();
    },
  };
}

describe('aws keeps the promises of a provider', () => {
  for (const { name, run } of conformanceCases(setUp)) test(name, ({ skip }) => run((why) => skip(why)));
});
