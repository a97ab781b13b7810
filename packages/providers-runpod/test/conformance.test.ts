import { conformanceCases, type Subject } from '@neb/core-types/testing';
import { describe, test } from 'vitest';
import { echo } from './relay.ts';
import { command, sleeps, world } from './world.ts';

/** `spot`: of everything that is asked for, only what may be interrupted is offered; there is no suspend of that. */
async function setUp(spot: boolean): Promise<Subject> {
  const there = await echo();
  const w = await world({ published: () => new Map([[7000, there.at]]) });
  return {
    provider: spot ? { ...w.provider, suspend: undefined, offers: (query, call) => w.provider.offers({ ...query, spot: true }, call) } : w.provider,
    fleet: w.fleet,
    spec: sleeps,
    exits: command('exits', '3'),
    unstartable: { ...sleeps, image: 'missing' },
    listens: { spec: { ...sleeps, ports: [{ port: 7000, protocol: 'tcp', public: true }] }, port: 7000, send: 'ping', says: 'ping' },
    async settle(reached) {
      await w.settle(reached).catch(() => undefined);
    },
    loseNextAnswer: (verb = 'create') => void w.cloud.faults.add({ kind: 'lost_answer' }, { operation: verb === 'create' ? (spot ? 'podRentInterruptable' : 'createPod') : 'updatePod', times: 1 }),
    async dispose() {
      await w[Symbol.asyncDispose]();
      await there[Symbol.asyncDispose]();
    },
  };
}

describe.each([['on demand', false], ['spot', true]] as const)('runpod keeps the promises of a provider, %s', (_, spot) => {
  for (const { name, run } of conformanceCases(() => setUp(spot))) test(name, ({ skip }) => run((why) => skip(why)));
});
