import { collect, type CreateRequest, type InstanceRef, type LaunchSpec, type SaveRequest, type Snapshot } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { firstOffer, sleeps, type World, world } from './world.ts';

const aside: SaveRequest = { key: 's', fleet: 'f', then: 'suspend', for: 'itself' };
const suspendAt = (w: World) => w.provider.suspend!;

async function suspended(w: World, { spec = sleeps, request = aside }: { readonly spec?: LaunchSpec; readonly request?: SaveRequest } = {}) {
  const { ref } = await w.create('a', spec);
  await w.reach(ref, 'running');
  return { ref, saved: await stopped(w, ref, request) };
}

async function stopped(w: World, ref: InstanceRef, request = aside): Promise<Snapshot> {
  const { ref: saved } = await suspendAt(w).save(ref, request);
  let seen: Snapshot | undefined;
  await w.settle(async () => (seen = await suspendAt(w).snapshot(saved))?.state === 'ready');
  return seen!;
}

const as = async (w: World, key: string, spec = sleeps): Promise<CreateRequest> => ({ key, fleet: 'f', spec, offer: await firstOffer(w.provider) });
const asked = (w: World, from = 0): readonly string[] => w.cloud.exchanges.slice(from).map(({ action }) => action).filter((action) => !/^(Describe|Get)/.test(action));

describe('a suspended machine', () => {
  it('costs its disk and nothing else, and is known as suspended by another process', async () => {
    await using w = await world();
    const { ref } = await suspended(w);
    expect(w.cloud.machines().map(({ state }) => state)).toEqual(['stopped']);
    // A hundred GiB at $0.08 a month.
    for (const provider of [w.provider, w.another()]) expect(await provider.inspect(ref)).toMatchObject({ state: 'suspended', pricePerHour: '0.010958904' });
    expect(await w.another({ diskGiB: 50, diskPricePerGiBMonth: { 'us-east-1': '0.146' } }).inspect(ref)).toMatchObject({ pricePerHour: '0.01' });
  });

  it('goes on at another address, with its volumes mounted again, its command begun anew, and its age as before', async () => {
    await using w = await world();
    const spec: LaunchSpec = { ...sleeps, volumes: [{ kind: 'named', name: 'data', mount: '/data' }] };
    const { ref, saved } = await suspended(w, { spec });
    const before = w.cloud.exchanges.length;
    const { createdAt } = (await w.provider.inspect(ref))!;
    await suspendAt(w).restore(saved.ref, await as(w, 'a', spec));
    const seen = await w.reach(ref, 'running');
    const [machine] = w.cloud.machines();
    expect(machine!.publicAddress).toBe('198.51.100.2');
    expect(w.access.mounts.get(machine!.publicAddress!)).toEqual(w.access.mounts.get('198.51.100.1'));
    expect([seen.createdAt, Date.parse(seen.startedAt!) > machine!.launchedAt]).toEqual([createdAt, true]);
    expect(asked(w, before)).toEqual(['StartInstances']);
    expect(w.access.runs(machine!.publicAddress!, 'a')).toBe(true);
    await w.settle(() => (w.access.beats.get('198.51.100.2') ?? 0) > 1);
  });

  it('waits where none is free in its zone', async () => {
    await using w = await world();
    const { ref, saved } = await suspended(w);
    const { type, zone } = w.cloud.machines()[0]!;
    w.cloud.catalogue.setFree(type, zone, false);
    await expect(suspendAt(w).restore(saved.ref, await as(w, 'a'))).rejects.toMatchObject({ code: 'no_capacity' });
    expect((await w.provider.inspect(ref))?.state).toBe('suspended');
    w.cloud.catalogue.setFree(type, zone, true);
    await suspendAt(w).restore(saved.ref, await as(w, 'a'));
    await w.reach(ref, 'running');
  });

  it('is not started while it is being stopped', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    const saving = await suspendAt(w).save(ref, aside);
    expect(saving.state).toBe('saving');
    await expect(suspendAt(w).restore(saving.ref, await as(w, 'a'))).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('still being stopped') });
    expect((await w.provider.inspect(ref))?.state).toBe('suspended');
  });

  it('whose process died with the start is gone on with by the next, once that is asked', async () => {
    await using w = await world();
    const { ref, saved } = await suspended(w);
    await suspendAt(w).restore(saved.ref, await as(w, 'a'));
    await w.provider[Symbol.asyncDispose]();
    const next = w.another();
    await w.settle(() => w.cloud.machines()[0]?.state === 'running');
    expect(await next.inspect(ref)).toMatchObject({ state: 'pending', isUnattended: true });
    await next.create(await as(w, 'a'));
    await w.settle(async () => (await next.inspect(ref))?.state === 'running');
    expect(w.cloud.machines()).toHaveLength(1);
  });

  it('can be suspended again, and is what its last suspend made of it', async () => {
    await using w = await world();
    const { ref, saved } = await suspended(w);
    await suspendAt(w).restore(saved.ref, await as(w, 'a'));
    await w.reach(ref, 'running');
    expect((await collect(suspendAt(w).snapshots({ fleet: 'f' })))).toEqual([]);
    const again = await stopped(w, ref, { ...aside, key: 't' });
    expect(again).toMatchObject({ key: 't', of: 'a', keeps: 'disk' });
    expect(await suspendAt(w).snapshot(saved.ref)).toBeUndefined();
    expect([await suspendAt(w).misfit(again, (await as(w, 'a')).offer), await suspendAt(w).misfit(saved, (await as(w, 'a')).offer)]).toEqual([undefined, expect.stringContaining('in its place')]);
    await expect(suspendAt(w).restore(saved.ref, await as(w, 'a'))).rejects.toMatchObject({ code: 'conflict' });
    await suspendAt(w).restore(again.ref, await as(w, 'a'));
    await w.reach(ref, 'running');
  });

  it('is restored as itself alone', async () => {
    await using w = await world();
    const { saved } = await suspended(w);
    await expect(suspendAt(w).restore(saved.ref, await as(w, 'b'))).rejects.toMatchObject({ code: 'unsupported' });
    expect(await suspendAt(w).misfit({ ...saved, ref: 'local/neb.f.a' as Snapshot['ref'] }, (await as(w, 'a')).offer)).toContain('its own machines');
  });
});

describe('a suspend is refused', () => {
  it('in words of what may be interrupted, before anything is written or stopped', async () => {
    await using w = await world();
    const [offer] = await collect(w.provider.offers({ spot: true }));
    const { ref } = await w.create('a', sleeps, offer);
    await w.reach(ref, 'running');
    const before = w.cloud.exchanges.length;
    expect(await suspendAt(w).refusal(ref, aside)).toContain('may be interrupted');
    await expect(suspendAt(w).save(ref, aside)).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('spot') });
    expect([asked(w, before), (await w.provider.inspect(ref))?.state]).toEqual([[], 'running']);
  });

  it.each([
    ['that may not be stopped by this key', { kind: 'forbidden' }, 'unauthorized'],
    ['while there are too many calls', { kind: 'throttled', retryAfterS: 1 }, 'rate_limited'],
  ] as const)('by EC2 of a machine %s, which runs on and is no snapshot', async (_, fault, code) => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    w.cloud.faults.add(fault, { operation: 'StopInstances', times: 1 });
    await expect(suspendAt(w).save(ref, aside)).rejects.toMatchObject({ code });
    expect([await collect(suspendAt(w).snapshots({ fleet: 'f' })), (await w.provider.inspect(ref))?.state]).toEqual([[], 'running']);
    await stopped(w, ref);
    expect((await w.provider.inspect(ref))?.state).toBe('suspended');
  });

  it('where it is not known whether the container runs', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    w.access.cut();
    await expect(suspendAt(w).save(ref, aside)).rejects.toMatchObject({ code: 'unavailable' });
    expect(w.cloud.machines()[0]!.state).toBe('running');
  });
});
