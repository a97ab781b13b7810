import { collect } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { command, sleeps, type World, world } from './world.ts';

const l4 = [{ name: 'L4', count: 1 }];
const spotOffer = async ({ provider }: World) => (await collect(provider.offers({ accelerators: l4, spot: true })))[0]!;

describe('a pod that may be interrupted', () => {
  it('is offered at its bid where it is asked for, beside the others where nothing is said, and never otherwise', async () => {
    await using w = await world();
    const prices = async (spot?: boolean) => (await collect(w.provider.offers({ accelerators: l4, spot }))).map((offer) => [offer.id, offer.pricePerHour, offer.spot]);
    const [cheap, firm] = [['EU-RO-1/secure-spot/gpu/1/NVIDIA L4', '0.195', true], ['EU-RO-1/secure/gpu/1/NVIDIA L4', '0.39', false]];
    expect(await prices(true)).toEqual([cheap]);
    expect(await prices(false)).toEqual([firm]);
    expect(await prices()).toEqual([cheap, firm]);
  });

  it('is bought once for its key, also where the answer was lost', async () => {
    await using w = await world();
    const offer = await spotOffer(w);
    w.cloud.faults.add({ kind: 'lost_answer' }, { operation: 'podRentInterruptable', times: 1 });
    await expect(w.create('a', sleeps, offer)).rejects.toMatchObject({ code: 'uncertain' });
    const { ref } = await w.another().create({ key: 'a', fleet: w.fleet, offer, spec: sleeps });
    expect(w.cloud.pods().map(({ id }) => id)).toEqual([ref]);
    await w.reach(ref, 'running');
  });

  it('is gone once it was interrupted, and stays in the list until it is deleted', async () => {
    await using w = await world();
    w.cloud.faults.add({ kind: 'interruption', afterMs: 60_000 }, { times: 1 });
    const { ref } = await w.create('a', sleeps, await spotOffer(w));
    await w.reach(ref, 'running');
    await w.settle(async () => (await w.provider.inspect(ref)) === undefined);
    expect(await collect(w.provider.list({ fleet: w.fleet }))).toMatchObject([{ ref, key: 'a', state: 'exited', reason: 'Interrupted' }]);
    await w.provider.delete(ref);
    expect(w.cloud.pods()).toEqual([]);
  });

  it('that ends by itself tells its exit code', async () => {
    await using w = await world();
    const { ref } = await w.create('a', command('exits', '3'), await spotOffer(w));
    expect(await w.reach(ref, 'exited')).toMatchObject({ exitCode: 3 });
  });

  it('is no_capacity where there is none', async () => {
    await using w = await world();
    const offer = await spotOffer(w);
    w.cloud.faults.add({ kind: 'no_capacity' });
    await expect(w.create('a', sleeps, offer)).rejects.toMatchObject({ code: 'no_capacity' });
    expect(w.cloud.pods()).toEqual([]);
  });
});
