import { collect, type Instance } from '@neb/core-types';
import { insist as insistOn } from '@neb/core-types/testing';
import type { Fault } from '@neb/cloud-simulator';
import { describe, expect, it } from 'vitest';
import type { AwsProvider } from '../src/index.ts';
import { type Mishap, mortalProxy } from './mortal-proxy.ts';
import { firstOffer, sleeps, type World, world } from './world.ts';

// What a scheduler does around a provider of `lookup`: it asks again for a key only after the time that lists may lag.
const settleMs = 30_000;
const offer = { id: 'us-east-1/g6.xlarge/on-demand', region: 'us-east-1', pricePerHour: '0.8048', spot: false, available: 'unknown' } as const;
const request = { key: 'a', fleet: 'f', offer, spec: sleeps };

const trouble: readonly Fault[] = [
  { kind: 'lost_answer' }, { kind: 'lost_request' }, { kind: 'server_error', status: 500 }, { kind: 'throttled', retryAfterS: 5 }, { kind: 'nonsense', body: '<html>' },
  { kind: 'no_capacity', accelerator: 'g6.xlarge', region: 'us-east-1a' },
];

const insist = (w: World, provider: AwsProvider): Promise<Instance> => insistOn({ provider, clock: w.clock, leastMs: settleMs }, request);

/** Runs `work` in a process to which this happens; it is over with the process, or before where that does not get so far. */
async function suffering(w: World, mishap: Mishap, work: (provider: AwsProvider) => Promise<unknown>): Promise<void> {
  await using proxy = await mortalProxy(w.cloud.url, mishap);
  const provider = w.another({ endpoint: proxy.url });
  const done = work(provider).catch(() => undefined);
  await Promise.race([proxy.happened, done]);
  if (mishap.how === 'cut') await done;
}

const deaths = Array.from({ length: 10 }, (_, at) => (['before', 'after'] as const).map((when) => ({ atCall: at + 1, when, how: 'death' }) as const)).flat();

describe.each(deaths)('a process that dies $when its call $atCall', (death) => {
  it('of a create leaves nothing that the next one does not find, whatever else goes wrong', async () => {
    for (let seed = 0; seed < 4; seed++) {
      await using w = await world({ seed });
      w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 }, { chance: 0.5 });
      for (const fault of trouble) w.cloud.faults.add(fault, { chance: 0.15, times: 3 });
      await suffering(w, death, (provider) => provider.create(request));
      w.clock.advance(settleMs);
      const made = await insist(w, w.another());
      expect(w.cloud.machines().map(({ id }) => `us-east-1/${id}`), `seed ${seed}`).toEqual([made.ref]);
    }
  });

  it('of a delete leaves what the next one goes on with', async () => {
    await using w = await world();
    const { ref } = await w.provider.create(request);
    await w.reach(ref, 'running');
    await w.provider[Symbol.asyncDispose]();
    await suffering(w, death, async (provider) => {
      await provider.delete(ref);
      await w.settle(() => w.cloud.machines().length === 0, 60_000);
    });
    const other = w.another();
    for (let tries = 0; tries < 3 && (await other.inspect(ref)) !== undefined; tries++) {
      await other.delete(ref);
      await w.settle(async () => (await other.inspect(ref)) === undefined, 60_000).catch(() => undefined);
    }
    expect(w.cloud.machines()).toEqual([]);
    expect(await collect(other.list({ fleet: 'f' }))).toEqual([]);
  });
});

it('an answer that is lost in the second zone is asked for there again, though the first has some by then and lists lag', async () => {
  await using w = await world();
  w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', false);
  w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 });
  await using proxy = await mortalProxy(w.cloud.url, { matches: /Action=RunInstances/, atCall: 2, when: 'after', how: 'cut' });
  const provider = w.another({ endpoint: proxy.url });
  await expect(provider.create(request)).rejects.toMatchObject({ code: 'uncertain' });
  w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', true);
  const { ref } = await provider.create(request);
  expect(w.cloud.machines().map(({ id, zone }) => [`us-east-1/${id}`, zone])).toEqual([[ref, 'us-east-1b']]);
});

it('a process that dies with the answer of the second zone leaves a machine that the next one finds, though the first has some by then', async () => {
  await using w = await world();
  w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', false);
  w.cloud.faults.add({ kind: 'list_lag', ms: 10_000 });
  await suffering(w, { matches: /Action=RunInstances/, atCall: 2, when: 'after', how: 'death' }, (provider) => provider.create(request));
  w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', true);
  w.clock.advance(settleMs);
  const { ref } = await w.another().create(request);
  expect(w.cloud.machines().map(({ id, zone }) => [`us-east-1/${id}`, zone])).toEqual([[ref, 'us-east-1b']]);
});

it('a process that dies while the machine boots leaves one that the next one goes on with, once it asks for it again', async () => {
  await using w = await world();
  const { ref } = await w.provider.create(request);
  expect(await w.provider.inspect(ref)).not.toHaveProperty('isUnattended');
  await w.provider[Symbol.asyncDispose]();
  const next = w.another();
  expect(await next.inspect(ref)).toMatchObject({ state: 'pending', isUnattended: true });
  await w.settle(() => w.cloud.machines().every(({ state }) => state === 'running'));
  expect(await next.inspect(ref)).toMatchObject({ state: 'pending', isUnattended: true });
  expect(await next.create(request)).toMatchObject({ ref, state: 'pending' });
  expect(await next.inspect(ref)).not.toHaveProperty('isUnattended');
  await w.settle(async () => (await next.inspect(ref))?.state === 'running', 60_000);
  expect(w.cloud.machines().length).toBe(1);
});

it('these deaths reach past the last call of a create', async () => {
  const atCall = async (count: number): Promise<number> => {
    await using w = await world();
    await suffering(w, { atCall: count, when: 'after', how: 'death' }, (provider) => provider.create(request));
    return w.cloud.machines().length;
  };
  await using w = await world();
  await firstOffer(w.provider);
  const before = w.cloud.exchanges.length;
  await w.another().create({ ...request, key: 'b' });
  const calls = w.cloud.exchanges.length - before;
  expect(calls).toBeLessThan(deaths.length / 2 + 1);
  expect([await atCall(2), await atCall(calls)]).toEqual([0, 1]);
});
