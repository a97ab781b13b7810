import { type InstanceRef, newId } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { echo, type Relay } from './relay.ts';
import { speak, until } from './speak.ts';
import { sshServer } from './ssh-server.ts';
import { command, sleeps, type World, world, type WorldOptions } from './world.ts';

const secret = 'x'.repeat(32);
const port = (number: number) => ({ port: number, protocol: 'tcp', public: true } as const);
const running = async (w: World, spec = sleeps): Promise<InstanceRef> => {
  const { ref } = await w.create('a', spec);
  await w.reach(ref, 'running');
  return ref;
};
/** An address where nobody is. */
const nowhere = { ip: '127.0.0.1', port: 1 };

describe('a public port', () => {
  const spec = { ...sleeps, ports: [port(8080)] };

  /** A pod whose port 8080 is where `at` tells, each time that the pod starts. */
  async function withPort(at: () => Relay['at'], options: WorldOptions['options'] = {}) {
    const w = await world({ options, published: () => new Map([[8080, at()]]) });
    return { w, ref: await running(w, spec) };
  }

  it('is connected to, both ways, with each end of them', async () => {
    await using there = await echo();
    const { w, ref } = await withPort(() => there.at);
    await using _ = w;
    const text = 'abc'.repeat(100_000);
    expect(await speak(await w.provider.dial(ref, 8080), text)).toBe(text);
    await until(() => there.open() === 0);
  });

  it('is asked for once in ten seconds, however often it is connected to', async () => {
    await using there = await echo();
    const { w, ref } = await withPort(() => there.at, { listForMs: 0 });
    await using _ = w;
    await w.provider.dial(ref, 8080);
    const before = w.cloud.exchanges.length;
    await Promise.all(Array.from({ length: 20 }, () => w.provider.dial(ref, 8080)));
    expect(w.cloud.exchanges.length).toBe(before);
    w.clock.advance(10_000);
    await Promise.all(Array.from({ length: 20 }, () => w.provider.dial(ref, 8080)));
    expect(w.cloud.exchanges.length).toBe(before + 1);
    await until(() => there.made() === 41);
  });

  it('where nothing listens says so, and is asked for anew at most once a second', async () => {
    const { w, ref } = await withPort(() => nowhere, { listForMs: 0 });
    await using _ = w;
    await expect(w.provider.dial(ref, 8080)).rejects.toMatchObject({ code: 'unavailable', message: `nothing answers at port 8080 of pod ${ref}`, hint: 'Does it listen on 0.0.0.0, and has it started?' });
    const before = w.cloud.exchanges.length;
    const failed = await Promise.allSettled(Array.from({ length: 50 }, () => w.provider.dial(ref, 8080)));
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true);
    expect(w.cloud.exchanges.length - before).toBeLessThanOrEqual(2);
  });

  it('is found where it is now, once it is no longer where it was', async () => {
    const places = [await echo(), await echo()] as const;
    await using first = places[0];
    await using second = places[1];
    let now = first;
    const { w, ref } = await withPort(() => now.at, { listForMs: 0 });
    await using _ = w;
    await w.provider.dial(ref, 8080);
    now = second;
    await first[Symbol.asyncDispose]();
    w.clock.advance(1_000);
    await w.provider.suspend.save(ref, { key: 's', fleet: 'f', then: 'suspend', for: 'itself' });
    await w.reach(ref, 'suspended');
    await expect(w.provider.dial(ref, 8080)).rejects.toMatchObject({ code: 'conflict' });
    for await (const snapshot of w.provider.suspend.snapshots({ fleet: 'f' })) await w.provider.suspend.restore(snapshot.ref, { key: 'a', fleet: 'f', spec, offer: { id: 'x', region: 'x', pricePerHour: '0', spot: false, available: 'yes' } });
    await w.reach(ref, 'running');
    expect(await speak(await w.provider.dial(ref, 8080), 'hello')).toBe('hello');
  });

  it('is left where nobody wants it any more', async () => {
    await using there = await echo();
    const { w, ref } = await withPort(() => there.at);
    await using _ = w;
    await expect(w.provider.dial(ref, 8080, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await (await w.provider.dial(ref, 8080))[Symbol.asyncDispose]();
    const given = new AbortController();
    const connecting = w.provider.dial(ref, 8080, { signal: given.signal });
    connecting.catch(() => {});
    // As far as can be before the network's first word.
    for (let steps = 0; steps < 20; steps++) await Promise.resolve();
    given.abort(new Error('enough of it'));
    await expect(connecting).rejects.toThrow('enough of it');
    await until(() => there.open() === 0);
  });
});

describe('dial is refused in words', () => {
  const options = { secret };

  it('where the pod is not there, is gone, or does not run', async () => {
    await using w = await world({ options });
    await expect(w.provider.dial('nobody' as InstanceRef, 80)).rejects.toMatchObject({ code: 'not_found' });
    const { ref } = await w.create('a', command('exits', '3', 'quietly'));
    await expect(w.provider.dial(ref, 80)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is not running') });
    await w.reach(ref, 'exited');
    await expect(w.provider.dial(ref, 80)).rejects.toMatchObject({ code: 'conflict' });
    await w.provider.delete(ref);
    await expect(w.provider.dial(ref, 80)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('where a pod that was reached has gone', async () => {
    await using there = await echo();
    await using w = await world({ published: () => new Map([[8080, there.at]]), options: { listForMs: 0 } });
    const ref = await running(w, { ...sleeps, ports: [port(8080)] });
    await w.provider.dial(ref, 8080);
    await there[Symbol.asyncDispose]();
    w.cloud.vanish(ref);
    w.clock.advance(1_000);
    await expect(w.provider.dial(ref, 8080)).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['runs its image\'s own command', { ...sleeps, entrypoint: undefined }],
    ['is the container\'s own', { ...sleeps, ports: [port(22)] }],
  ])('where the pod %s', async (why, spec) => {
    await using w = await world({ options });
    const ref = await running(w, spec);
    await expect(w.provider.dial(ref, 80)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining(why), hint: expect.stringContaining('make port 80 public') });
  });

  it('where no server answers in it', async () => {
    await using w = await world({ options, published: () => new Map([[22, nowhere]]) });
    await expect(w.provider.dial(await running(w), 80)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('neither sshd nor dropbear'), hint: expect.stringMatching(/openssh-server.*make port 80 public/s) });
  });

  it('where pods are not entered', async () => {
    await using w = await world();
    await expect(w.provider.dial(await running(w, { ...sleeps, ports: [port(8080)] }), 80)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('is not public'), hint: expect.stringContaining('NEB_RUNPOD_EXEC') });
  });

  it('to who has another secret', async () => {
    await using server = await sshServer({ secret, fleet: 'f', key: 'a' }, () => 'refused');
    await using w = await world({ options, published: () => new Map([[22, server.at]]) });
    const ref = await running(w);
    await using others = w.another({ secret: newId().padEnd(32, 'y') });
    await expect(others.dial(ref, 80)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('host key') });
  });
});

it('only dialling leads to pods', async () => {
  await using w = await world();
  expect(w.provider.traits.dialsOnly).toBe(true);
});
