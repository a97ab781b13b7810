import type { InstanceRef } from '@neb/core-types';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { engineApi, until } from '../test/real-engine.ts';
import { world } from '../test/world.ts';
import { path } from './connection/client.ts';
import { placeOf } from './names.ts';

const w = world('stops', { networkLingerMs: 0 });
const stubborn = 'trap "" TERM; echo ready; while true; do sleep 0.1; done';
const polite = 'trap "echo bye > /data/last; exit 0" TERM; echo ready; while true; do sleep 0.1; done';

const gone = (ref: InstanceRef) => until(() => w.provider.inspect(ref), (seen) => seen === undefined);
const ready = async (ref: InstanceRef): Promise<void> => {
  for await (const { text } of w.provider.logs!(ref, { follow: true })) if (text === 'ready') return;
};

describe('delete', () => {
  it('returns before the container is gone, shows it until then, and lets it say good-bye', async () => {
    const volumes = [{ kind: 'named', name: 'farewell', mount: '/data' }] as const;
    const { ref } = await w.run('polite', polite, { volumes });
    await ready(ref);
    await w.provider.delete(ref, { graceMs: 10_000 });
    expect(await w.provider.inspect(ref)).toBeDefined();
    await gone(ref);
    const after = await w.run('heir', 'cat /data/last', { volumes });
    const heard = [];
    for await (const { text } of w.provider.logs!(after.ref, { follow: true })) heard.push(text);
    expect(heard).toEqual(['bye']);
  });

  it('kills what does not go within its grace', async () => {
    const { ref } = await w.run('stubborn', stubborn);
    await ready(ref);
    await w.provider.delete(ref, { graceMs: 200 });
    await gone(ref);
  });

  it('repeated with less grace hurries', async () => {
    const { ref } = await w.run('hurried', stubborn);
    await ready(ref);
    await w.provider.delete(ref, { graceMs: 3_600_000 });
    await w.provider.delete(ref, { graceMs: 0 });
    await gone(ref);
  });

  it('finishes what a crash cut off', async () => {
    const { ref } = await w.run('cut', stubborn);
    await ready(ref);
    // The engine goes on with a stop whose asker has died.
    await engineApi.done({ method: 'POST', path: path`/containers/${placeOf(ref).name}/stop`, query: { t: 0 } });
    expect((await w.provider.inspect(ref))?.state).toBe('exited');
    await w.another().delete(ref);
    await gone(ref);
  });

  it('succeeds for what somebody else deleted', async () => {
    const { ref } = await w.run('stolen', 'sleep 100');
    await engineApi.done({ method: 'DELETE', path: path`/containers/${placeOf(ref).name}`, query: { force: true } });
    expect(await w.provider.inspect(ref)).toBeUndefined();
    await w.provider.delete(ref);
  });

  it('reaches a paused container', async () => {
    const { ref } = await w.run('paused', 'sleep 100');
    await engineApi.done({ method: 'POST', path: path`/containers/${placeOf(ref).name}/pause` });
    expect((await w.provider.inspect(ref))?.state).toBe('unknown');
    await w.provider.delete(ref, { graceMs: 0 });
    await gone(ref);
  });

  it('leaves named volumes', async () => {
    const volumes = async (): Promise<number> =>
      (await engineApi.json(z.object({ Volumes: z.array(z.unknown()).nullable() }), { method: 'GET', path: '/volumes', query: { filters: { label: [`neb.fleet=${w.fleet}`] } } })).Volumes?.length ?? 0;
    const before = await volumes();
    const { ref } = await w.run('volumes', 'sleep 100', { volumes: [{ kind: 'named', name: 'kept', mount: '/data' }] });
    await w.provider.delete(ref, { graceMs: 0 });
    await gone(ref);
    expect(await volumes()).toBe(before + 1);
  });

  it('is finished by disposing of the provider', async () => {
    const provider = w.another();
    const { ref } = await w.run('left', 'sleep 100');
    await provider.delete(ref, { graceMs: 0 });
    await provider[Symbol.asyncDispose]();
    expect(await w.provider.inspect(ref)).toBeUndefined();
  });
});
