import { conformanceCases, type Subject } from '@neb/core-types/testing';
import { describe, test } from 'vitest';
import { command, sleeps, world } from './world.ts';

async function setUp(): Promise<Subject> {
  const w = await world();
  return {
    provider: w.provider,
    fleet: w.fleet,
    spec: sleeps,
    exits: command('exits', '3'),
    unstartable: { ...sleeps, image: 'missing' },
    async settle(reached) {
      await w.settle(reached).catch(() => undefined);
    },
    loseNextAnswer: () => void w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'createPod', times: 1 }),
    async dispose() {
      await w[Symbol.asyncDispose]();
    },
  };
}

describe('runpod keeps the promises of a provider', () => {
  for (const { name, run } of conformanceCases(setUp)) test(name, ({ skip }) => run((why) => skip(why)));
});
