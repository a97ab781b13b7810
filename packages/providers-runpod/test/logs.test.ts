import { collect, type LogLine, timestamp } from '@neb/core-types';
import type { Inside } from '@neb/cloud-simulator';
import { describe, expect, it } from 'vitest';
import { type World, world } from './world.ts';

/** Writes 30 lines, five a second, the last three at one time, and says how it ended. */
async function counts({ env, say, sleep, stopped }: Inside): Promise<number> {
  for (let line = 1; line <= 30 && !stopped.aborted; line++) {
    say(`line ${line}`);
    if (line < 28) await sleep(200);
  }
  say(`neb: ${env['NEB_KEY']} exited with 0`);
  await new Promise((resolve) => { stopped.addEventListener('abort', resolve, { once: true }); });
  return 0;
}

const all = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
const texts = (lines: readonly LogLine[]): readonly string[] => lines.map(({ text }) => text);

async function written(w: World) {
  const { ref } = await w.create('a');
  await w.settle(async () => (await collect(w.provider.logs(ref, {}))).length === all.length);
  return ref;
}

describe('a log', () => {
  it('has every line, and none of ours', async () => {
    await using w = await world({ program: counts });
    expect(texts(await collect(w.provider.logs(await written(w), {})))).toEqual(all);
  });

  it('begins where it is asked to', async () => {
    await using w = await world({ program: counts });
    const ref = await written(w);
    const read = async (options: Parameters<typeof w.provider.logs>[1]) => texts(await collect(w.provider.logs(ref, options)));
    const lines = await collect(w.provider.logs(ref, {}));
    expect(await read({ tail: 1 })).toEqual(['line 30']);
    expect(await read({ tail: 4 })).toEqual(all.slice(-4));
    expect(await read({ tail: 0 })).toEqual([]);
    expect(await read({ since: lines[24]!.at })).toEqual(all.slice(24));
    expect(await read({ since: lines[24]!.at, tail: 2 })).toEqual(all.slice(-2));
    expect(await read({ since: timestamp(w.clock.now() + 60_000) })).toEqual([]);
  });

  it('that is followed shows what comes and ends with the command', async () => {
    await using w = await world({ program: counts });
    const { ref } = await w.create('a');
    expect(texts(await collect(w.provider.logs(ref, { follow: true })))).toEqual(all);
    expect(texts(await collect(w.provider.logs(ref, { follow: true, tail: 2 })))).toEqual(all.slice(-2));
  });

  it('that is followed neither loses nor repeats a line where connections break', async () => {
    await using w = await world({ program: counts });
    const { ref } = await w.create('a');
    const following = collect(w.provider.logs(ref, { follow: true }));
    const breaking = setInterval(() => w.cloud.cut(), 25);
    w.cloud.faults.add({ kind: 'server_error', status: 503 }, { operation: 'getPodLogs', chance: 0.3, times: 5 });
    expect(texts(await following.finally(() => clearInterval(breaking)))).toEqual(all);
  });

  it('that is followed ends where the pod goes', async () => {
    await using w = await world({ program: counts });
    const { ref } = await w.create('a');
    const following = collect(w.provider.logs(ref, { follow: true }));
    await w.reach(ref, 'running');
    w.cloud.vanish(ref);
    expect((await following).length).toBeLessThan(30);
  });

  it('that is followed and left closes its connection', async () => {
    await using w = await world({ program: counts });
    const { ref } = await w.create('a');
    for await (const { text } of w.provider.logs(ref, { follow: true })) if (text === 'line 2') break;
    await w.settle(() => w.cloud.listening() === 0);
  });

  it('of a container that is silent is left without waiting for its next word', async () => {
    await using w = await world();
    const { ref } = await w.create('a');
    await w.reach(ref, 'running');
    expect(texts(await collect(w.provider.logs(ref, {})))).toEqual(['ready']);
    await w.settle(() => w.cloud.listening() === 0);
  });

  it('that is followed and aborted rejects', async () => {
    await using w = await world({ program: counts });
    const { ref } = await w.create('a');
    const stop = new AbortController();
    const following = collect(w.provider.logs(ref, { follow: true }, { signal: stop.signal }));
    await w.reach(ref, 'running');
    stop.abort();
    await expect(following).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('of what is not there is not found', async () => {
    await using w = await world();
    await expect(collect(w.provider.logs('nobody' as never, {}))).rejects.toMatchObject({ code: 'not_found' });
  });
});
