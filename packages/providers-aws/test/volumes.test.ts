import { collect, type LaunchSpec } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { sleeps, type World, world } from './world.ts';

const named = (...names: readonly string[]): LaunchSpec => ({ ...sleeps, volumes: names.map((name) => ({ kind: 'named', name, mount: `/${name}` })) });

/** The same machine from its create to its end, with what it was given. */
async function used(w: World, key: string, spec: LaunchSpec) {
  const { ref } = await w.create(key, spec);
  await w.reach(ref, 'running');
  const machine = w.cloud.machines().find(({ tags }) => tags['neb.key'] === key)!;
  return { ref, zone: machine.zone, address: machine.publicAddress!, mounts: w.access.mounts.get(machine.publicAddress!) };
}

async function end(w: World, ref: Awaited<ReturnType<typeof used>>['ref']): Promise<void> {
  await w.provider.delete(ref);
  await w.settle(async () => (await w.provider.inspect(ref)) === undefined);
}

describe('a named volume', () => {
  it('is made with the first machine that needs it, mounted there, and handed to the container', async () => {
    await using w = await world();
    const { address, mounts } = await used(w, 'a', named('data', 'models'));
    const volumes = w.cloud.volumes.all();
    expect(volumes.map(({ tags, sizeGiB, zone }) => [tags['neb.volume'], sizeGiB, zone])).toEqual([['default/data', '100', 'us-east-1a'], ['default/models', '100', 'us-east-1a']]);
    expect(new Set(volumes.map(({ attached }) => attached?.device)).size).toBe(2);
    expect(mounts).toEqual(volumes.map(({ id }, at) => ({ device: `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace('-', '')}`, folder: ['/mnt/neb/data', '/mnt/neb/models'][at] })));
    expect(w.access.specOf(address, 'a')?.volumes).toEqual([{ kind: 'host', path: '/mnt/neb/data', mount: '/data' }, { kind: 'host', path: '/mnt/neb/models', mount: '/models' }]);
  });

  it('outlives its machine, and the next one is bought where it is', async () => {
    await using w = await world();
    w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', false);
    const first = await used(w, 'a', named('data'));
    await end(w, first.ref);
    w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1a', true);
    const next = await used(w, 'b', named('data'));
    expect([first.zone, next.zone, w.cloud.volumes.all().length]).toEqual(['us-east-1b', 'us-east-1b', 1]);
    expect(next.mounts?.[0]?.device).toBe(first.mounts?.[0]?.device);
    await end(w, next.ref);
    w.cloud.catalogue.setFree('g6.xlarge', 'us-east-1b', false);
    await expect(w.create('c', named('data'))).rejects.toMatchObject({ code: 'no_capacity', message: expect.stringContaining('us-east-1b') });
  });

  it('of another region is no capacity in this one', async () => {
    await using w = await world({ options: { regions: ['us-east-1', 'eu-west-1'] } });
    await used(w, 'a', named('data'));
    const [offer] = await collect(w.provider.offers({ spot: true, regions: ['eu-west-1'] }));
    await expect(w.create('b', named('data'), offer)).rejects.toMatchObject({ code: 'no_capacity', message: 'the volume data is in us-east-1, and cannot be used in eu-west-1' });
    expect(w.cloud.machines().length).toBe(1);
  });

  it('that another machine has is waited for, and at last said to be in use', async () => {
    await using w = await world();
    await used(w, 'a', named('data'));
    const { ref } = await w.create('b', named('data'));
    expect((await w.reach(ref, 'failed')).failure?.message).toMatch(/volume data is attached to i-/);
  });

  it('is made once where answers are lost and its machine is asked for again', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'CreateVolume', times: 1 });
    w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'AttachVolume', times: 1 });
    await used(w, 'a', named('data'));
    expect(w.cloud.volumes.all().length).toBe(1);
  });

  it('of another namespace is another', async () => {
    await using w = await world();
    const { ref } = await used(w, 'a', named('data'));
    await end(w, ref);
    await used(w, 'b', { ...named('data'), network: { namespace: 'other', hostnames: [] } });
    expect(w.cloud.volumes.all().map(({ tags }) => tags['neb.volume'])).toEqual(['default/data', 'other/data']);
  });
});
