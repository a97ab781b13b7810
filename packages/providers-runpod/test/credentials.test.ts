import { collect } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { sleeps, type World, world } from './world.ts';

const secret = { ...sleeps, registry: { username: 'robot-account', password: 'correct horse' } };

/** As sweeps do, now and again. */
async function sweepFor(w: World, ms: number, provider = w.provider): Promise<void> {
  for (const end = w.clock.now() + ms; w.clock.now() < end; ) {
    await collect(provider.list({ fleet: w.fleet }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    w.clock.advance(20_000);
  }
}

describe('the credential of a private image', () => {
  it('is there while the image is pulled, and gone once the pod runs', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'slow_boot', ms: 300_000 });
    const { ref } = await w.create('a', secret);
    await sweepFor(w, 200_000);
    expect(w.cloud.registries.all()).toMatchObject([{ name: expect.stringMatching(/^neb\.f\.a\./), username: 'robot-account' }]);
    await w.reach(ref, 'running');
    await sweepFor(w, 120_000);
    expect(w.cloud.registries.all()).toEqual([]);
  });

  it('is taken back at once where nothing was bought', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'no_capacity' });
    await expect(w.create('a', secret)).rejects.toMatchObject({ code: 'no_capacity' });
    expect(w.cloud.registries.all()).toEqual([]);
  });

  it('that a crash has left is taken back by the next process, and no one else\'s', async () => {
    await using w = await world();
    const add = (name: string) => fetch(`${w.cloud.url}/v2/registries`, { method: 'POST', body: JSON.stringify({ name, username: 'u', password: 'p' }), headers: { Authorization: `Bearer ${w.cloud.apiKey}` } });
    for (const name of ['neb.f.left.1', 'neb.other.left.1', 'mine']) await add(name);
    await sweepFor(w, 300_000);
    expect(w.cloud.registries.all().length).toBe(3);
    await sweepFor(w, 600_000);
    expect(w.cloud.registries.all().map(({ name }) => name)).toEqual(['neb.other.left.1', 'mine']);
  });

  it('is in no error', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'nonsense', status: 422, body: 'robot-account may not use correct horse' }, { operation: 'createRegistry', times: 1 });
    await expect(w.create('a', secret)).rejects.toMatchObject({ message: 'RunPod says: *** may not use ***' });
    expect(w.cloud.pods()).toEqual([]);
  });
});
