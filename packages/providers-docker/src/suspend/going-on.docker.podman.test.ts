import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstanceRef, LaunchSpec, Snapshot } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerEngine, type OwnEngine, podmanEngine } from '../../test/own-engine.ts';
import { collectText, firstOffer, launch, outcome, sweep, type TestImage, unique, until } from '../../test/real-engine.ts';
import { runtimeImage } from '../../test/runtime-image.ts';
import { asked, heldOpen, holds } from '../../test/workload.ts';
import { docker, type DockerProvider } from '../index.ts';

describe.each([['podman', podmanEngine], ['docker', dockerEngine]] as const)('a Node server of 10 MiB at %s', (_, start) => {
  const fleet = unique('going-on');
  let engine: OwnEngine;
  let provider: DockerProvider;
  let image: TestImage;
  let folder: string;
  let origin: InstanceRef;
  const spec = (secret: string): LaunchSpec => holds('node', image.image, {
    mebibytes: 10, limits: { memoryBytes: 2 ** 29 }, env: { COLOUR: 'blue' }, volumes: [{ kind: 'named', name: 'shared', mount: '/data' }],
    secretFiles: [{ path: '/run/secrets/key', content: secret }],
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neb-snapshots-'));
    engine = await start();
    image = await runtimeImage('node', engine.api);
    provider = docker({ socketPath: engine.socketPath, snapshotsFolder: folder });
    await provider.readiness!();
    origin = (await launch(provider, { key: 'origin', fleet, spec: spec('for the origin') })).ref;
  });
  afterAll(async () => {
    await provider[Symbol.asyncDispose]();
    await sweep(fleet, engine.api);
    await image.remove();
    await engine.stop();
    await rm(folder, { recursive: true });
  });

  const run = async (ref: InstanceRef, command: string): Promise<string> => {
    await using session = await provider.exec!(ref, { command: ['/bin/busybox', 'sh', '-c', command] });
    return (await collectText(session.output)).trim();
  };
  const saved = async (key: string, how: { readonly then: 'suspend' | 'run'; readonly for: 'itself' | 'any' }): Promise<Snapshot> => {
    const { ref } = await provider.suspend!.save(origin, { key, fleet, ...how });
    const snapshot = await until(() => provider.suspend!.snapshot(ref), (seen) => seen?.state !== 'saving', 60_000);
    expect(snapshot?.failure?.message).toBeUndefined();
    return snapshot!;
  };

  it('is forked while it runs and has a connection open, with memory, files, volume, port, limit and a secret of its own', async () => {
    const before = await asked(provider, origin);
    await run(origin, 'echo kept >/tmp/file; echo shared >/data/file');
    await using _open = await heldOpen(provider, origin);
    const snapshot = await saved('fork', { then: 'run', for: 'any' });
    expect(snapshot.sizeBytes).toBeGreaterThan(10 * 2 ** 20);
    const fork = await provider.suspend!.restore(snapshot.ref, { key: 'fork', fleet, offer: await firstOffer(provider), spec: spec('of the fork') });
    const { state, failure } = await outcome(provider, fork.ref);
    expect([state, failure?.message]).toEqual(['running', undefined]);
    const [there, here] = [await asked(provider, fork.ref), await asked(provider, origin)];
    expect(there).toEqual({ ...before, count: before.count + 2 });
    expect(here).toEqual(there);
    expect((await asked(provider, fork.ref)).count).toBe(here.count + 1);
    expect(await run(fork.ref, 'busybox cat /tmp/file /data/file /run/secrets/key; echo "$COLOUR"'.replaceAll('busybox', '/bin/busybox'))).toBe('kept\nshared\nof the forkblue');
    expect(await run(origin, '/bin/busybox cat /run/secrets/key')).toBe('for the origin');
    expect((await provider.usage!(fork.ref)).memoryLimitBytes).toBe(2 ** 29);
    await provider.delete(fork.ref, { graceMs: 0 });
    await provider.suspend!.forget(snapshot.ref);
  }, 60_000);

  it('is saved twice and suspended at the same time, one after the other', async () => {
    const before = await asked(provider, origin);
    const copies = await Promise.all(['copy', 'again'].map((key) => provider.suspend!.save(origin, { key, fleet, then: 'run', for: 'any' })));
    const aside = await saved('at-once', { then: 'suspend', for: 'itself' });
    expect((await provider.inspect(origin))?.state).toBe('suspended');
    for (const { ref } of copies) expect(await provider.suspend!.snapshot(ref)).toMatchObject({ state: 'ready' });
    await provider.suspend!.restore(aside.ref, { key: 'origin', fleet, offer: await firstOffer(provider), spec: spec('for the origin') });
    expect((await outcome(provider, origin)).state).toBe('running');
    expect(await asked(provider, origin)).toEqual({ ...before, count: before.count + 1 });
    const fork = await provider.suspend!.restore(copies[1]!.ref, { key: 'copy', fleet, offer: await firstOffer(provider), spec: spec('of the copy') });
    expect((await outcome(provider, fork.ref)).state).toBe('running');
    expect(await asked(provider, fork.ref)).toEqual({ ...before, count: before.count + 1 });
    await provider.delete(fork.ref, { graceMs: 0 });
    // As a sweep does beside whoever deletes them: what one has taken away the other finds gone.
    await Promise.all([...copies, aside, ...copies, ...copies].map(({ ref }) => provider.suspend!.forget(ref)));
    expect(await Array.fromAsync(provider.suspend!.snapshots({ fleet }))).toEqual([]);
  }, 60_000);

  it('is suspended and resumed in its place', async () => {
    const before = await asked(provider, origin);
    const snapshot = await saved('aside', { then: 'suspend', for: 'itself' });
    expect((await provider.inspect(origin))?.state).toBe('suspended');
    await provider.suspend!.restore(snapshot.ref, { key: 'origin', fleet, offer: await firstOffer(provider), spec: spec('for the origin') });
    expect((await outcome(provider, origin)).state).toBe('running');
    expect(await asked(provider, origin)).toEqual({ ...before, count: before.count + 1 });
    await Promise.all([1, 2, 3].map(() => provider.suspend!.forget(snapshot.ref)));
    expect(await provider.suspend!.snapshot(snapshot.ref)).toBeUndefined();
  }, 60_000);

  it('keeps its memory where it is forgotten by who was cut off before noting that it was saved', async () => {
    const before = await asked(provider, origin);
    const { ref } = await saved('cut-off', { then: 'suspend', for: 'any' });
    const [noted = ''] = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.cut-off/snapshot.json'));
    const { stamp: _, ...facts } = JSON.parse(await readFile(join(folder, noted), 'utf8')) as { readonly stamp: string };
    await writeFile(join(folder, noted), JSON.stringify({ ...facts, state: 'saving' }));
    await provider.suspend!.forget(ref);
    await saved('cut-off', { then: 'suspend', for: 'any' });
    await provider.suspend!.restore(ref, { key: 'origin', fleet, offer: await firstOffer(provider), spec: spec('for the origin') });
    expect((await outcome(provider, origin)).state).toBe('running');
    expect(await asked(provider, origin)).toEqual({ ...before, count: before.count + 1 });
  }, 60_000);
});
