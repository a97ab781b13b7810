import { describe, expect, it } from 'vitest';
import type { CreateRequest, SaveRequest } from '@neb/core-types';
import { command, sleeps, type World, world } from './world.ts';

const aside: SaveRequest = { key: 's', fleet: 'f', then: 'suspend', for: 'itself' };

async function suspended(w: World) {
  const { ref } = await w.create('a');
  await w.reach(ref, 'running');
  const snapshot = await w.provider.suspend.save(ref, aside);
  await w.reach(ref, 'suspended');
  return { ref, saved: snapshot.ref };
}

/** What it is restored with; RunPod goes by the key. */
const as = (key: string): CreateRequest => ({ key, fleet: 'f', spec: sleeps, offer: { id: 'x', region: 'x', pricePerHour: '0', spot: false, available: 'yes' } });

describe('a suspended pod', () => {
  it('is known as such by another process, and its suspend may be repeated', async () => {
    await using w = await world();
    const { ref } = await suspended(w);
    await w.provider.suspend.save(ref, aside);
    expect((await w.another().inspect(ref))?.state).toBe('suspended');
  });

  it('runs again, and its restore may be repeated', async () => {
    await using w = await world();
    const { ref, saved } = await suspended(w);
    await w.provider.suspend.restore(saved, as('a'));
    expect((await w.provider.suspend.restore(saved, as('a'))).ref).toBe(ref);
    await w.reach(ref, 'running');
    expect(w.cloud.pods().map(({ name }) => name)).toEqual(['neb.f.a.resumed.s']);
  });

  it('whose GPU is taken has to wait', async () => {
    await using w = await world();
    const { ref, saved } = await suspended(w);
    for (const center of ['EU-RO-1', 'US-TX-3']) w.cloud.catalogue.setStock('cpu5c', center, 'NONE');
    await expect(w.provider.suspend.restore(saved, as('a'))).rejects.toMatchObject({ code: 'no_capacity' });
    expect((await w.provider.inspect(ref))?.state).toBe('suspended');
  });

  it('can be suspended again after it went on, and is what its last suspend made of it', async () => {
    await using w = await world();
    const { ref, saved } = await suspended(w);
    await w.provider.suspend.restore(saved, as('a'));
    await w.reach(ref, 'running');
    const again = await w.provider.suspend.save(ref, { ...aside, key: 't' });
    await w.reach(ref, 'suspended');
    expect(await w.provider.suspend.snapshot(saved)).toBeUndefined();
    expect(await w.provider.suspend.snapshot(again.ref)).toMatchObject({ key: 't', of: 'a', state: 'ready', keeps: 'disk' });
    expect(await w.provider.suspend.misfit({ ...again, ref: saved }, as('a').offer)).toContain('in its place');
  });

  it('is restored as itself alone', async () => {
    await using w = await world();
    await expect(w.provider.suspend.restore((await suspended(w)).saved, as('b'))).rejects.toMatchObject({ code: 'unsupported' });
  });
});

it.each([['its name', ['3']], ['its log alone', ['3', 'quietly']]])('a pod that ended by itself, as %s tells, cannot be suspended', async (_, words) => {
  await using w = await world();
  const { ref } = await w.create('a', command('exits', ...words));
  await w.reach(ref, 'exited');
  await expect(w.provider.suspend.save(ref, aside)).rejects.toMatchObject({ code: 'conflict' });
  expect(await w.provider.inspect(ref)).toMatchObject({ state: 'exited', exitCode: 3 });
});

it('what is not there cannot be suspended', async () => {
  await using w = await world();
  await expect(w.provider.suspend.save('nobody' as never, aside)).rejects.toMatchObject({ code: 'not_found' });
});

it('a pod gets the disk that outlives its suspend where that is asked for', async () => {
  await using w = await world({ options: { workspaceGB: 20 } });
  const [offer] = await Array.fromAsync(w.provider.offers({ spot: false, accelerators: [{ name: 'L4', count: 1 }] }));
  await w.create('a', { ...sleeps, ports: [{ port: 22, protocol: 'tcp', public: true }] }, offer);
  const created = w.cloud.exchanges.find(({ operation }) => operation === 'createPod');
  expect(created?.requestBody).toMatchObject({ mounts: { persistent: { size: 20, path: '/workspace' } }, ports: ['22/tcp'], dataCenterIds: ['EU-RO-1'], gpu: { id: 'NVIDIA L4', count: 1 } });
});

it('public ports are told once they are there', async () => {
  await using w = await world();
  const { ref } = await w.create('a', { ...sleeps, ports: [{ port: 8080, protocol: 'tcp', public: true }, { port: 9090, protocol: 'tcp', public: false }] });
  expect((await w.reach(ref, 'running')).ports).toEqual([{ port: 8080, protocol: 'tcp', hostAddress: '192.0.2.7', hostPort: 30_000 }]);
});
