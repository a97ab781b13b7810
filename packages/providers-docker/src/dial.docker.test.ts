import { type Clock, type Connection, systemClock } from '@neb/core-types';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultyEngine, faultyEngine } from '../test/faulty-engine.ts';
import { collectText, engineApi, until } from '../test/real-engine.ts';
import { world } from '../test/world.ts';
import { path } from './connection/client.ts';
import type { DockerProvider } from './index.ts';
import { placeOf } from './names.ts';

const echoes = 'exec nc -ll -p 7000 -e cat';
const w = world('dials');
let nowMs = 0;
const clock: Clock = { ...systemClock, now: () => nowMs };
let engine: FaultyEngine;
let provider: DockerProvider;
beforeAll(async () => {
  engine = await faultyEngine();
  provider = w.another({ socketPath: engine.socketPath, clock });
});
beforeEach(() => { nowMs += 60_000; });
afterAll(() => engine.close());

const looks = (): number => engine.requests.filter((request) => /^GET \/containers\/[^/]+\/json$/.test(request)).length;

/** Runs until it echoes. */
async function echoing(key: string) {
  const { ref, address } = await w.run(key, echoes);
  await until(() => w.provider.dial!(ref, 7000).then(close, () => false), Boolean);
  return { ref, address, at: path`/containers/${placeOf(ref).name}` };
}

async function close(connection: Connection): Promise<boolean> {
  await connection[Symbol.asyncDispose]();
  return true;
}

async function echo(connection: Connection): Promise<string> {
  await connection.write(new TextEncoder().encode('hello'));
  await connection.closeWrite();
  const said = await collectText(connection.readable);
  await close(connection);
  return said;
}

describe('dials of a container', () => {
  it('at once ask the engine once, and those of the next seconds do not', async () => {
    const { ref } = await echoing('many');
    const before = looks();
    const open = await Promise.all(Array.from({ length: 3 }, () => provider.dial!(ref, 7000)));
    await Promise.all(open.map(close));
    expect(looks()).toBe(before + 1);
    nowMs += 4_000;
    expect(await echo(await provider.dial!(ref, 7000))).toBe('hello');
    expect(looks()).toBe(before + 1);
    nowMs += 1_500;
    expect(await echo(await provider.dial!(ref, 7000))).toBe('hello');
    expect(looks()).toBe(before + 2);
  });

  it('find it where it has another address meanwhile', async () => {
    const { ref, address, at } = await echoing('moves');
    await close(await provider.dial!(ref, 7000));
    await engineApi.done({ method: 'POST', path: `${at}/stop`, query: { t: 0 } });
    const taker = await w.run('taker', 'sleep 1000');
    await engineApi.done({ method: 'POST', path: `${at}/start` });
    await until(() => w.provider.dial!(ref, 7000).then(close, () => false), Boolean);
    expect([taker.address, (await w.provider.inspect(ref))?.address === address]).toEqual([address, false]);
    expect(await echo(await provider.dial!(ref, 7000))).toBe('hello');
  });

  it('say that it was stopped, and that it was deleted, as if nothing had been known', async () => {
    const { ref, at } = await echoing('ends');
    await close(await provider.dial!(ref, 7000));
    await engineApi.done({ method: 'POST', path: `${at}/stop`, query: { t: 0 } });
    const begun = performance.now();
    await expect(provider.dial!(ref, 7000)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is not running') });
    expect(performance.now() - begun).toBeLessThan(2_500);
    await engineApi.done({ method: 'POST', path: `${at}/start` });
    await until(() => provider.dial!(ref, 7000).then(close, () => false), Boolean);
    await engineApi.done({ method: 'DELETE', path: at, query: { force: true } });
    await expect(provider.dial!(ref, 7000)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('there is no container') });
  });

  it('that are given up leave the look to the others', async () => {
    const { ref } = await echoing('shared');
    engine.hang();
    const stop = new AbortController();
    const [given, kept] = [provider.dial!(ref, 7000, { signal: stop.signal }), provider.dial!(ref, 7000)];
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    stop.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    engine.heal();
    expect(await echo(await kept)).toBe('hello');
  });
});

it('only a platform whose engine is elsewhere has to be dialled', () => {
  expect(w.provider.traits.dialsOnly ?? false).toBe(false);
});
