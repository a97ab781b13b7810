import { collect } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { sleeps, type World, world } from './world.ts';

const withVolume = { ...sleeps, volumes: [{ kind: 'named', name: 'data', mount: '/data' }] } as const;

async function offerIn(w: World, region: string) {
  const [offer] = await collect(w.provider.offers({ spot: false, accelerators: [{ name: 'RTX_4090', count: 1 }], regions: [region] }));
  return offer!;
}

describe('a named volume', () => {
  it('is made once, beside the first pod, and mounted again', async () => {
    await using w = await world();
    const offer = await offerIn(w, 'EU-RO-1');
    await Promise.all([w.create('a', withVolume, offer), w.create('b', withVolume, offer)]);
    expect(w.cloud.volumes.all()).toMatchObject([{ name: 'neb.f.default.data', size: 50, dataCenter: 'EU-RO-1' }]);
  });

  it('stays when its pod goes', async () => {
    await using w = await world();
    const { ref } = await w.create('a', withVolume, await offerIn(w, 'EU-RO-1'));
    await w.provider.delete(ref);
    expect(w.cloud.volumes.all().length).toBe(1);
  });

  it('is not to be had elsewhere: the next offer may be beside it', async () => {
    await using w = await world();
    await w.create('a', withVolume, await offerIn(w, 'EU-RO-1'));
    await expect(w.create('b', withVolume, await offerIn(w, 'US-TX-3'))).rejects.toMatchObject({ code: 'no_capacity', message: expect.stringContaining('EU-RO-1') });
    expect([w.cloud.pods().length, w.cloud.volumes.all().length]).toEqual([1, 1]);
  });

  it('that was made for a purchase which is refused is removed, so that another place can have it', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'no_capacity', region: 'EU-RO-1' }, { operation: 'createPod' });
    await expect(w.create('a', withVolume, await offerIn(w, 'EU-RO-1'))).rejects.toMatchObject({ code: 'no_capacity' });
    expect(w.cloud.volumes.all()).toEqual([]);
    await w.create('a', withVolume, await offerIn(w, 'US-TX-3'));
    expect(w.cloud.volumes.all()).toMatchObject([{ dataCenter: 'US-TX-3' }]);
  });

  it.each([
    ['was there before', async (w: World) => void (await w.provider.delete((await w.create('before', withVolume, await offerIn(w, 'EU-RO-1'))).ref))],
    ['another one is bought with meanwhile', async () => {}],
  ])('that %s stays where a purchase is refused', async (_, other) => {
    await using w = await world();
    const offer = await offerIn(w, 'EU-RO-1');
    await other(w);
    w.cloud.faults.add({ kind: 'empty_wallet' }, { operation: 'createPod', times: 1 });
    const bought = await Promise.allSettled([w.create('a', withVolume, offer), w.create('b', withVolume, offer)]);
    expect(bought.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(w.cloud.volumes.all().length).toBe(1);
  });

  it('that a pod may have got is not removed', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'createPod', times: 1 });
    const offer = await offerIn(w, 'EU-RO-1');
    await expect(w.create('a', withVolume, offer)).rejects.toMatchObject({ code: 'uncertain' });
    expect(w.cloud.volumes.all().length).toBe(1);
  });

  it('is made once where the answer was lost', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'createNetworkVolume', times: 1 });
    const offer = await offerIn(w, 'EU-RO-1');
    await expect(w.create('a', withVolume, offer)).rejects.toMatchObject({ code: 'uncertain' });
    await w.create('a', withVolume, offer);
    expect([w.cloud.pods().length, w.cloud.volumes.all().length]).toEqual([1, 1]);
  });
});
