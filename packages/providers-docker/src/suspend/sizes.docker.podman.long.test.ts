import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance, LaunchSpec, Provider, Snapshot, SnapshotRef } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyImage } from '../../test/conformance.ts';
import { dockerEngine, type OwnEngine, podmanEngine } from '../../test/own-engine.ts';
import { firstOffer, launch, outcome, sweep, type TestImage, unique, until } from '../../test/real-engine.ts';
import { type Runtime, runtimeImage } from '../../test/runtime-image.ts';
import { asked, holds } from '../../test/workload.ts';
import { docker, type DockerProvider } from '../index.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 200);
/** The larger ones take minutes. */
const sizes = rounds >= 100 ? [10, 200, 1_024] : [10];
const runtimes: readonly Runtime[] = rounds >= 100 ? ['node', 'python'] : ['python'];
const cycles = Math.ceil(rounds / 4);
const patienceMs = 300_000;

describe.each([['podman', podmanEngine], ['docker', dockerEngine]] as const)('%s', (_, start) => {
  const fleet = unique('sizes');
  let engines: readonly [OwnEngine, OwnEngine];
  let providers: readonly [DockerProvider, DockerProvider];
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neb-snapshots-'));
    engines = [await start(), await start()];
    const open = ({ socketPath }: OwnEngine): DockerProvider => docker({ socketPath, snapshotsFolder: folder });
    providers = [open(engines[0]), open(engines[1])];
  });
  afterAll(async () => {
    await Promise.all(providers.map((one) => one[Symbol.asyncDispose]()));
    for (const one of engines) {
      await sweep(fleet, one.api);
      await one.stop();
    }
    await rm(folder, { recursive: true });
  });

  describe.each(runtimes)('with %s', (runtime) => {
    let image: TestImage;
    beforeAll(async () => {
      image = await runtimeImage(runtime, engines[0].api);
      await copyImage(image.image, engines[0].api, engines[1].api);
    });
    afterAll(() => image.remove());
    const spec = (mebibytes: number): LaunchSpec => holds(runtime, image.image, { mebibytes });

    it.each(sizes)('goes on with %i MiB in its place, in three forks and at another engine', async (mebibytes) => {
      const [here, there] = providers;
      const { ref } = await launch(here, { key: 'origin', fleet, spec: spec(mebibytes) });
      const first = await asked(here, ref);
      const aside = await saved(here, here.suspend!.save(ref, { key: 'aside', fleet, then: 'suspend', for: 'any' }));
      expect((await here.inspect(ref))?.state).toBe('suspended');
      expect(aside.sizeBytes).toBeGreaterThan(mebibytes * 2 ** 20);

      const on = (provider: Provider, from: SnapshotRef, key: string): Promise<Instance> => restored(provider, from, { key, fleet, spec: spec(mebibytes) });
      const forks = await Promise.all(['one', 'two', 'three'].map((key) => on(here, aside.ref, key)));
      for (const fork of forks) expect(await asked(here, fork.ref)).toEqual({ ...first, count: first.count + 1 });
      const moved = await saved(there, there.suspend!.archives!.write(await here.suspend!.archives!.read(aside.ref), { key: 'brought', fleet, offer: await firstOffer(there), facts: aside }));
      const elsewhere = await on(there, moved.ref, 'origin');
      expect(await asked(there, elsewhere.ref)).toEqual({ ...first, count: first.count + 1 });
      await on(here, aside.ref, 'origin');
      expect(await asked(here, ref)).toEqual({ ...first, count: first.count + 1 });

      for (const fork of [...forks, { ref }]) await here.delete(fork.ref, { graceMs: 0 });
      await there.delete(elsewhere.ref, { graceMs: 0 });
      await nothingLeft();
    }, 900_000);

    it(`goes through ${cycles} cycles of a fork, a suspension and a resumption, and leaves nothing`, async () => {
      const [here] = providers;
      const { ref } = await launch(here, { key: 'origin', fleet, spec: spec(10) });
      const first = await asked(here, ref);
      for (let cycle = 1; cycle <= cycles; cycle++) {
        const shared = await saved(here, here.suspend!.save(ref, { key: `fork-${cycle}`, fleet, then: 'run', for: 'any' }));
        const fork = await restored(here, shared.ref, { key: `fork-${cycle}`, fleet, spec: spec(10) });
        expect(await asked(here, fork.ref)).toEqual({ ...first, count: cycle + first.count });
        const aside = await saved(here, here.suspend!.save(ref, { key: `aside-${cycle}`, fleet, then: 'suspend', for: 'itself' }));
        await restored(here, aside.ref, { key: 'origin', fleet, spec: spec(10) });
        expect(await asked(here, ref)).toEqual({ ...first, count: cycle + first.count });
        await here.delete(fork.ref, { graceMs: 0 });
        for (const one of [shared, aside]) await here.suspend!.forget(one.ref);
      }
      await here.delete(ref, { graceMs: 0 });
      await nothingLeft();
    }, 1_800_000);
  });

  /** No instance, no snapshot, no file of one, and none of containerd's copies. */
  async function nothingLeft(): Promise<void> {
    for (const provider of providers) {
      await until(async () => (await Array.fromAsync(provider.list({ fleet }))).length, (count) => count === 0, patienceMs);
      for (const { ref } of await Array.fromAsync(provider.suspend!.snapshots({ fleet }))) await provider.suspend!.forget(ref);
      expect(await Array.fromAsync(provider.suspend!.snapshots({ fleet }))).toEqual([]);
    }
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((file) => file.includes(fleet))).toEqual([]);
  }
});

async function saved(provider: Provider, saving: Promise<Snapshot>): Promise<Snapshot> {
  const { ref } = await saving;
  const seen = await until(() => provider.suspend!.snapshot(ref), (snapshot) => snapshot?.state !== 'saving', patienceMs);
  expect([seen?.state, seen?.failure?.message]).toEqual(['ready', undefined]);
  return seen!;
}

async function restored(provider: Provider, from: SnapshotRef, request: { readonly key: string; readonly fleet: string; readonly spec: LaunchSpec }): Promise<Instance> {
  const { ref } = await provider.suspend!.restore(from, { ...request, offer: await firstOffer(provider) });
  await until(() => provider.inspect(ref), (instance) => instance?.state !== 'pending', patienceMs);
  const instance = await outcome(provider, ref);
  expect([instance.state, instance.failure?.message]).toEqual(['running', undefined]);
  return instance;
}
