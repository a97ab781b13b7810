import type { InstanceRef } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { door, echo, relay, type Relay, silence } from './relay.ts';
import { speak, until } from './speak.ts';
import { type Answer, sshServer, type SshServer } from './ssh-server.ts';
import { type World, world } from './world.ts';

const secret = 'x'.repeat(32);
const running = async (w: World): Promise<InstanceRef> => {
  const { ref } = await w.create('a');
  await w.reach(ref, 'running');
  return ref;
};

describe('a port that is not public', () => {
  interface Pod extends AsyncDisposable {
    readonly w: World;
    readonly ref: InstanceRef;
    readonly server: SshServer;
    /** What listens in it, at port 80. */
    readonly inside: Relay;
  }

  async function pod(answer?: (port: number, inside: Relay) => Answer): Promise<Pod> {
    const inside = await echo();
    const server = await sshServer({ secret, fleet: 'f', key: 'a' }, answer && ((to) => answer(to, inside)));
    const w = await world({ options: { secret }, published: () => new Map([[22, server.at]]) });
    const ref = await running(w);
    return {
      w, ref, server, inside,
      async [Symbol.asyncDispose]() {
        for (const one of [w, server, inside]) await one[Symbol.asyncDispose]();
      },
    };
  }
  const listening = (to: number, inside: Relay): Answer => (to === 80 ? { to: inside.at.port } : 'refused');

  it('is reached over one SSH connection, however many connections it has', async () => {
    await using p = await pod(listening);
    const texts = Array.from({ length: 60 }, (_, nth) => `${nth} `.repeat(1_000));
    const said = await Promise.all(texts.map(async (text) => await speak(await p.w.provider.dial(p.ref, 80), text)));
    expect(said).toEqual(texts);
    expect([p.server.made(), p.inside.made()]).toEqual([1, 60]);
    await until(() => p.server.channels() === 0 && p.inside.open() === 0);
  });

  it('keeps its SSH connection for a minute after the last connection, and makes another then', async () => {
    await using p = await pod(listening);
    const [one, other] = [await p.w.provider.dial(p.ref, 80), await p.w.provider.dial(p.ref, 80)];
    await one[Symbol.asyncDispose]();
    p.w.clock.advance(120_000);
    await other.write(Buffer.from('still there'));
    await other[Symbol.asyncDispose]();
    p.w.clock.advance(40_000);
    await speak(await p.w.provider.dial(p.ref, 80), 'again');
    expect([p.server.made(), p.server.open()]).toEqual([1, 1]);
    await until(() => p.inside.open() === 0);
    p.w.clock.advance(60_000);
    await until(() => p.server.open() === 0);
    expect(await speak(await p.w.provider.dial(p.ref, 80), 'later')).toBe('later');
    expect(p.server.made()).toBe(2);
  });

  it('ends for its reader with an error where the SSH connection breaks, and the next one works', async () => {
    await using p = await pod(listening);
    const broken = await p.w.provider.dial(p.ref, 80);
    await broken.write(Buffer.from('half of it'));
    const reading = broken.readable[Symbol.asyncIterator]();
    await reading.next();
    p.server.cut();
    await expect(reading.next()).rejects.toMatchObject({ code: 'unavailable', message: `the SSH connection to pod ${p.ref} broke` });
    await expect(broken.write(Buffer.from('the rest'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await speak(await p.w.provider.dial(p.ref, 80), 'again')).toBe('again');
    p.server.cut();
    // Nobody has noticed yet.
    expect(await speak(await p.w.provider.dial(p.ref, 80), 'at once')).toBe('at once');
  });

  it('where nothing listens says so, and leaves nothing open', async () => {
    await using p = await pod(listening);
    for (let nth = 0; nth < 20; nth++) {
      await expect(p.w.provider.dial(p.ref, 81)).rejects.toMatchObject({ code: 'unavailable', message: `nothing answers at port 81 of pod ${p.ref}`, hint: expect.stringContaining('has it started') });
    }
    expect([p.server.made(), p.server.channels()]).toEqual([1, 0]);
    p.w.clock.advance(60_000);
    await until(() => p.server.open() === 0);
  });

  it('of a server that forwards nothing says so', async () => {
    await using p = await pod();
    await expect(p.w.provider.dial(p.ref, 80)).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('forwards nothing'), hint: expect.stringMatching(/anew.*make port 80 public/) });
  });

  it('whose connection comes too late, or for nobody, is closed again', async () => {
    await using p = await pod(() => 'held');
    const given = new AbortController();
    const unwanted = p.w.provider.dial(p.ref, 80, { signal: given.signal });
    const late = p.w.provider.dial(p.ref, 80);
    for (const each of [unwanted, late]) each.catch(() => {});
    await until(() => p.server.held() === 2);
    given.abort(new Error('enough'));
    await expect(unwanted).rejects.toThrow('enough');
    p.w.clock.advance(10_000);
    await expect(late).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('within 10 s') });
    p.server.release(p.inside.at.port);
    await until(() => p.inside.made() === 2 && p.inside.open() === 0);
    expect(p.server.channels()).toBe(0);
    p.w.clock.advance(60_000);
    await until(() => p.server.open() === 0);
  });

  it('goes with the provider', async () => {
    await using p = await pod(listening);
    const open = await p.w.provider.dial(p.ref, 80);
    await p.w.provider[Symbol.asyncDispose]();
    await until(() => p.server.open() === 0 && p.inside.open() === 0);
    await expect(open.readable[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(p.w.provider.dial(p.ref, 80)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('were closed') });
  });

  it('is not waited for by who gives up, and entering ends with the last who waits', async () => {
    await using silent = await door(silence);
    await using w = await world({ options: { secret }, published: () => new Map([[22, silent.at]]) });
    const ref = await running(w);
    const [one, other] = [new AbortController(), new AbortController()];
    const dialling = [one, other].map(({ signal }) => w.provider.dial(ref, 80, { signal }));
    for (const each of dialling) each.catch(() => {});
    await until(() => silent.open() === 1);
    one.abort(new Error('enough'));
    await expect(dialling[0]).rejects.toThrow('enough');
    expect(silent.open()).toBe(1);
    other.abort(new Error('enough of it'));
    await expect(dialling[1]).rejects.toThrow('enough of it');
    await until(() => silent.open() === 0);
    expect(silent.made()).toBe(1);
  });

  it('is reached behind a door that breaks the first tries', async () => {
    await using inside = await echo();
    await using server = await sshServer({ secret, fleet: 'f', key: 'a' }, () => ({ to: inside.at.port }));
    let tries = 0;
    await using way = await relay(() => (++tries < 3 ? 1 : server.at.port));
    await using w = await world({ options: { secret }, published: () => new Map([[22, way.at]]) });
    expect(await speak(await w.provider.dial(await running(w), 80), 'patience')).toBe('patience');
    expect(tries).toBe(3);
  });
});
