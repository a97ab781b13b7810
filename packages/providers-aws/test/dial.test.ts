import { rejectionOf } from '@neb/core-types/testing';
import { describe, expect, it } from 'vitest';
import type { AwsProvider } from '../src/index.ts';
import { type World, world } from './world.ts';

/** How often EC2 was asked after instances. */
const asked = (w: World): number => w.cloud.exchanges.filter(({ action }) => action === 'DescribeInstances').length;
const settled = async (): Promise<void> => await new Promise((resolve) => { setTimeout(resolve, 20); });

/** A machine that runs, and a process that does nothing but dial it. */
async function dialled(w: World) {
  const { ref } = await w.create('a');
  await w.reach(ref, 'running');
  await w.provider[Symbol.asyncDispose]();
  const gateway: AwsProvider = w.another();
  const dial = async (count = 1): Promise<void> => {
    const open = await Promise.all(Array.from({ length: count }, () => gateway.dial(ref, 80)));
    await Promise.all(open.map((connection) => connection[Symbol.asyncDispose]()));
  };
  return { ref, id: ref.split('/')[1]!, gateway, dial };
}

/** Whether anything is still told to machines. */
async function isTalking(w: World): Promise<boolean> {
  // The beat that was due, and what becomes of it.
  w.clock.advance(60_000);
  await settled();
  const before = w.access.tried();
  w.clock.advance(300_000);
  await settled();
  return w.access.tried() > before;
}

describe('dials of a machine', () => {
  it('ask EC2 once, however many they are, and again after ten seconds', async () => {
    await using w = await world();
    const { dial } = await dialled(w);
    const before = asked(w);
    await dial(30);
    w.clock.advance(9_000);
    await dial(30);
    expect(asked(w)).toBe(before + 1);
    w.clock.advance(1_000);
    await dial(30);
    expect(asked(w)).toBe(before + 2);
  });

  it('that fail ask EC2 once a second at most', async () => {
    await using w = await world();
    const { dial } = await dialled(w);
    await dial();
    w.clock.advance(2_000);
    w.access.cut();
    const before = asked(w);
    for (let tries = 0; tries < 20; tries++) expect((await rejectionOf(dial(2))).code).toBe('unavailable');
    expect(asked(w)).toBe(before + 1);
    w.access.heal();
    await dial();
    expect(asked(w)).toBe(before + 1);
  });

  it('that was stopped and started again find it where it is now', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    const gateway = w.another();
    await (await gateway.dial(ref, 80))[Symbol.asyncDispose]();
    const request = { key: 'a', fleet: w.fleet, offer: (await Array.fromAsync(w.provider.offers({ spot: false })))[0]!, spec: w.access.specOf(w.cloud.machines()[0]!.publicAddress!, 'a')! };
    const { ref: saved } = await w.provider.suspend!.save(ref, { key: 's', fleet: w.fleet, then: 'suspend', for: 'itself' });
    await w.reach(ref, 'suspended');
    w.clock.advance(2_000);
    expect((await rejectionOf(gateway.dial(ref, 80))).code).toBe('conflict');
    await w.settle(async () => (await w.provider.suspend!.snapshot(saved))?.state === 'ready');
    await w.provider.suspend!.restore(saved, request);
    await w.reach(ref, 'running');
    await (await gateway.dial(ref, 80))[Symbol.asyncDispose]();
  });

  it('that vanished say so, and nothing is told to it any more', async () => {
    await using w = await world();
    const { dial, id } = await dialled(w);
    await dial();
    w.cloud.vanish(id);
    w.clock.advance(2_000);
    expect(await rejectionOf(dial())).toMatchObject({ code: 'not_found', message: expect.stringContaining('there is no machine') });
    const before = w.access.tried();
    w.clock.advance(300_000);
    await settled();
    expect(w.access.tried()).toBe(before);
  });
});

describe('a machine that nobody asks after', () => {
  it('hears from a process that dialled it, until it has vanished', async () => {
    await using w = await world();
    const { dial, id } = await dialled(w);
    await dial();
    expect(await isTalking(w)).toBe(true);
    w.cloud.vanish(id);
    expect(await isTalking(w)).toBe(false);
  });

  it('hears again after it could not be reached, or EC2 could not be asked', async () => {
    await using w = await world();
    const { dial } = await dialled(w);
    await dial();
    w.access.cut();
    expect(await isTalking(w)).toBe(true);
    w.cloud.faults.add({ kind: 'throttled', retryAfterS: 5 }, { operation: 'DescribeInstances', times: 9 });
    w.clock.advance(60_000);
    await settled();
    w.access.heal();
    expect(await isTalking(w)).toBe(true);
  });
});

it('a machine has to be dialled, and shows no address', async () => {
  await using w = await world();
  const { ref } = await w.create('a');
  expect([w.provider.traits.dialsOnly, (await w.reach(ref, 'running')).address]).toEqual([true, undefined]);
});
