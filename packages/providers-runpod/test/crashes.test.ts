import { collect, type Instance, type Offer } from '@neb/core-types';
import { fakeClock, insist as insistOn, seededRandom } from '@neb/core-types/testing';
import { bookkeeping, type Fault, runpodCloud } from '@neb/cloud-simulator';
import { describe, expect, it } from 'vitest';
import { runpod, type RunpodProvider } from '../src/index.ts';
import { type Death, mortalFetch } from './mortal-fetch.ts';
import { sleeps } from './world.ts';

// What a scheduler does around a provider of `lookup`: it writes down when it asks, and asks again for a key only after a lag's time.
const settleMs = 30_000;
const spec = { ...sleeps, volumes: [{ kind: 'named', name: 'data', mount: '/data' }], registry: { username: 'robot-account', password: 'correct horse' } } as const;
const offer: Offer = { id: 'EU-RO-1/secure/gpu/1/NVIDIA L4', region: 'EU-RO-1', pricePerHour: '0.39', spot: false, available: 'yes' };
const aside = { key: 's', fleet: 'f', then: 'suspend', for: 'itself' } as const;
const request = { key: 'a', fleet: 'f', offer, spec };

const trouble: readonly Fault[] = [
  { kind: 'lost_answer' }, { kind: 'lost_request' }, { kind: 'server_error', status: 502 }, { kind: 'throttled', retryAfterS: 5 }, { kind: 'nonsense', body: '<html>' },
];

/** A simulated RunPod without sockets, whose time passes while something is awaited. */
async function open(seed: number) {
  const clock = fakeClock();
  const cloud = await runpodCloud({ clock, random: seededRandom(seed), machinery: bookkeeping({ clock }) });
  const process = (fetch = cloud.fetch): RunpodProvider => runpod({ apiKey: cloud.apiKey, baseUrl: 'http://simulator', clock, fetch });

  async function passing<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const done = (): void => { over = true; };
    work.then(done, done);
    for (let turn = 0; !over; turn++) {
      await new Promise((resolve) => { setImmediate(resolve); });
      if (turn % 5 === 4) clock.advance(100);
    }
    return await work;
  }

  /** Asks again until it is had, as a scheduler does. */
  const insist = (provider: RunpodProvider): Promise<Instance> => insistOn({ provider: { create: (asked) => passing(provider.create(asked)) }, clock, leastMs: settleMs }, request);

  return { clock, cloud, process, passing, insist };
}

/** Runs `work` in a process that dies in it, if it makes so many calls. Whether it did. */
async function killed({ cloud, process, passing }: Awaited<ReturnType<typeof open>>, death: Death, work: (provider: RunpodProvider) => Promise<unknown>): Promise<boolean> {
  const mortal = mortalFetch(cloud.fetch, death);
  const died = mortal.died.then(() => true);
  return await passing(Promise.race([died, work(process(mortal.fetch)).then(() => false, () => false)]));
}

const deaths = Array.from({ length: 6 }, (_, at) => (['before', 'after'] as const).map((when) => ({ atCall: at + 1, when }))).flat();

describe.each(deaths)('a process that dies $when its call $atCall', (death) => {
  it('of a create leaves nothing that the next one does not find, whatever else goes wrong', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const w = await open(seed);
      await using cloud = w.cloud;
      cloud.faults.add({ kind: 'list_lag', ms: 10_000 }, { chance: 0.5 });
      for (const fault of trouble) cloud.faults.add(fault, { chance: 0.1, times: 3 });
      await killed(w, death, (provider) => provider.create(request));
      w.clock.advance(settleMs);
      const provider = w.process();
      const made = await w.insist(provider);
      expect(cloud.pods().map(({ id }) => id), `seed ${seed}`).toEqual([made.ref]);
      expect(cloud.volumes.all().length, `seed ${seed}`).toBe(1);

      cloud.faults.clear();
      for (let minutes = 0; minutes < 15; minutes++) {
        await w.passing(collect(provider.list({ fleet: 'f' })));
        w.clock.advance(60_000);
      }
      await w.passing(new Promise((resolve) => { setTimeout(resolve, 5); }));
      expect(cloud.registries.all(), `seed ${seed}`).toEqual([]);
    }
  });

  it('of a delete, a suspend or a restore leaves what the next one goes on with', async () => {
    const w = await open(1);
    await using cloud = w.cloud;
    const provider = w.process();
    const { ref } = await w.insist(provider);
    const seen = async (state: Instance['state'] | undefined): Promise<void> => {
      for (let looks = 0; looks < 100 && (await w.passing(w.process().inspect(ref)))?.state !== state; looks++) w.clock.advance(1_000);
      expect((await w.passing(w.process().inspect(ref)))?.state).toBe(state);
    };
    await seen('running');
    await killed(w, death, (mortal) => mortal.suspend.save(ref, aside));
    const snapshot = await w.passing(w.process().suspend.save(ref, aside));
    await seen('suspended');
    await killed(w, death, (mortal) => mortal.suspend.restore(snapshot.ref, request));
    await w.passing(w.process().suspend.restore(snapshot.ref, request));
    await seen('running');
    await killed(w, death, (mortal) => mortal.delete(ref));
    await w.passing(w.process().delete(ref));
    await seen(undefined);
    expect(cloud.pods()).toEqual([]);
  });
});

it('these deaths reach past the last call of a create', async () => {
  const w = await open(1);
  await using cloud = w.cloud;
  expect(await killed(w, { atCall: 5, when: 'after' }, (provider) => provider.create(request))).toBe(true);
  expect(cloud.pods().length).toBe(1);
  const other = await open(1);
  await using _ = other.cloud;
  expect(await killed(other, { atCall: 6, when: 'before' }, (provider) => provider.create(request))).toBe(false);
});
