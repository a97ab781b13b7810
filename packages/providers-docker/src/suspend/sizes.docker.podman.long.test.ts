import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance, InstanceRef, LaunchSpec, Provider, Snapshot, SnapshotRef } from '@neb/core-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyImage } from '../../test/conformance.ts';
import { type Held, heldBy, nothingMore } from '../../test/left-behind.ts';
import { dockerEngine, type OwnEngine, podmanEngine } from '../../test/own-engine.ts';
import { firstOffer, launch, outcome, sweep, type TestImage, unique, until } from '../../test/real-engine.ts';
import { type Runtime, runtimeImage } from '../../test/runtime-image.ts';
import { asked, holds, type Told } from '../../test/workload.ts';
import { docker, type DockerProvider } from '../index.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 200);
/** Cycles take minutes: ./test.sh leaves them to those of going-on.docker.podman.test.ts. */
const isWanted = rounds >= 5;
/** The larger ones, and the other runtime, take more of them. */
const isWhole = rounds > 5;
const sizes = isWhole ? [10, 200, 1_024] : [10];
const runtimes: readonly Runtime[] = isWhole ? ['node', 'python'] : ['python'];
const cycles = isWhole ? Math.min(rounds, 50) : 2;
const patienceMs = 300_000;

/** An engine, and the provider of it. */
interface Side {
  readonly engine: OwnEngine;
  readonly provider: DockerProvider;
  /** Of its own: netavark names its rules for a network's name, and those of both engines are this machine's. */
  readonly namespace: string;
}

describe.skipIf(!isWanted).each([['podman', podmanEngine], ['docker', dockerEngine]] as const)('%s', (_, start) => {
  const fleet = unique('sizes');
  let sides: readonly [Side, Side];
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neb-snapshots-'));
    const side = async (namespace: string): Promise<Side> => {
      const engine = await start();
      return { engine, namespace, provider: docker({ socketPath: engine.socketPath, snapshotsFolder: folder, networkLingerMs: 1_000 }) };
    };
    sides = [await side('one'), await side('two')];
  });
  afterAll(async () => {
    for (const { engine, provider } of sides) {
      await provider[Symbol.asyncDispose]();
      await sweep(fleet, engine.api);
      await engine.stop();
    }
    await rm(folder, { recursive: true });
  });

  describe.each(runtimes)('with %s', (runtime) => {
    let image: TestImage;
    beforeAll(async () => {
      const [{ engine }, { engine: other }] = sides;
      image = await runtimeImage(runtime, engine.api);
      await copyImage(image.image, engine.api, other.api);
    });
    afterAll(() => image.remove());

    it.for(sizes)(`goes on with %i MiB through ${cycles} cycles of a suspension, three forks and a move, and leaves nothing`, { timeout: 14_400_000 }, async (mebibytes, { annotate }) => {
      const before = await Promise.all(sides.map(({ engine }) => heldBy(engine)));
      const specAt = ({ namespace }: Side): LaunchSpec => holds(runtime, image.image, { mebibytes, network: { namespace, hostnames: [] } });
      const took = { suspend: [], resume: [], fork: [], move: [] } as Record<'suspend' | 'resume' | 'fork' | 'move', number[]>;
      let [here, there] = sides;
      let { ref } = await launch(here.provider, { key: 'origin', fleet, spec: specAt(here) });
      let told = await asked(here.provider, ref, patienceMs);

      for (let cycle = 1; cycle <= cycles; cycle++) {
        const now = { ref, spec: specAt(here), took, cycle };
        told = await aside(here.provider, { ...now, told });
        told = await forks(here.provider, { ...now, told });
        const started = performance.now();
        const suspended = await saved(here.provider, here.provider.suspend!.save(ref, { key: `move-${cycle}`, fleet, then: 'suspend', for: 'any' }));
        const bytes = await here.provider.suspend!.archives!.read(suspended.ref);
        const brought = await saved(there.provider, there.provider.suspend!.archives!.write(bytes, { key: `brought-${cycle}`, fleet, offer: await firstOffer(there.provider), facts: suspended }));
        const moved = await restored(there.provider, brought.ref, { key: 'origin', fleet, spec: specAt(there) });
        took.move.push(performance.now() - started);
        told = await goneOn(there.provider, moved.ref, told);
        await here.provider.delete(ref, { graceMs: 0 });
        await here.provider.suspend!.forget(suspended.ref);
        await there.provider.suspend!.forget(brought.ref);
        await gone(here.provider, ref);
        [here, there, ref] = [there, here, moved.ref];
      }
      await gone(here.provider, ref);
      await nothingLeft(before);
      const medians = Object.entries(took).map(([verb, ms]) => `${verb} ${(ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)]! / 1_000).toFixed(2)} s`);
      await annotate(`${cycles} cycles, medians: ${medians.join(', ')}; load ${loadavg()[0]!.toFixed(1)}`);
    });
  });

  interface Cycle {
    readonly ref: InstanceRef;
    readonly spec: LaunchSpec;
    readonly told: Told;
    readonly took: Readonly<Record<'suspend' | 'resume' | 'fork', number[]>>;
    readonly cycle: number;
  }

  async function aside(here: Provider, { ref, spec, told, took, cycle }: Cycle): Promise<Told> {
    const started = performance.now();
    const snapshot = await saved(here, here.suspend!.save(ref, { key: `aside-${cycle}`, fleet, then: 'suspend', for: 'itself' }));
    const suspended = performance.now();
    expect((await here.inspect(ref))?.state).toBe('suspended');
    await restored(here, snapshot.ref, { key: 'origin', fleet, spec });
    took.suspend.push(suspended - started);
    took.resume.push(performance.now() - suspended);
    const after = await goneOn(here, ref, told);
    await here.suspend!.forget(snapshot.ref);
    return after;
  }

  async function forks(here: Provider, { ref, spec, told, took, cycle }: Cycle): Promise<Told> {
    const started = performance.now();
    const snapshot = await saved(here, here.suspend!.save(ref, { key: `fork-${cycle}`, fleet, then: 'run', for: 'any' }));
    expect(snapshot.sizeBytes).toBeGreaterThan(Number(spec.env['MEBIBYTES']) * 2 ** 20);
    const made = await Promise.all(['one', 'two', 'three'].map((key) => restored(here, snapshot.ref, { key: `${key}-${cycle}`, fleet, spec })));
    took.fork.push(performance.now() - started);
    for (const fork of made) await goneOn(here, fork.ref, told);
    const after = await goneOn(here, ref, told);
    await Promise.all(made.map((fork) => here.delete(fork.ref, { graceMs: 0 })));
    await here.suspend!.forget(snapshot.ref);
    await Promise.all(made.map((fork) => gone(here, fork.ref)));
    return after;
  }

  async function nothingLeft(before: readonly Held[]): Promise<void> {
    for (const [at, { engine, provider }] of sides.entries()) {
      await until(async () => (await Array.fromAsync(provider.list({ fleet }))).length, (count) => count === 0, patienceMs);
      expect(await Array.fromAsync(provider.suspend!.snapshots({ fleet }))).toEqual([]);
      await nothingMore(engine, before[at]!);
    }
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((file) => file.includes(fleet))).toEqual([]);
  }
});

/** That it still holds what it held, and counts on. */
async function goneOn(provider: Provider, ref: InstanceRef, told: Told): Promise<Told> {
  const now = await asked(provider, ref);
  expect(now).toEqual({ ...told, count: told.count + 1 });
  return now;
}

/** As its owner does: a deletion that the engine fails shows as an instance that is still there, and is asked for again. */
async function gone(provider: Provider, ref: InstanceRef): Promise<void> {
  await until(async () => {
    await provider.delete(ref, { graceMs: 0 });
    return (await provider.inspect(ref))?.state;
  }, (state) => state === undefined, patienceMs);
}

async function saved(provider: Provider, saving: Promise<Snapshot>): Promise<Snapshot> {
  const { ref } = await saving;
  const seen = await until(() => provider.suspend!.snapshot(ref), (snapshot) => snapshot?.state !== 'saving', patienceMs);
  expect([seen?.state, seen?.failure?.message]).toEqual(['ready', undefined]);
  return seen!;
}

async function restored(provider: Provider, from: SnapshotRef, request: { readonly key: string; readonly fleet: string; readonly spec: LaunchSpec }): Promise<Instance> {
  const { ref } = await provider.suspend!.restore(from, { ...request, offer: await firstOffer(provider) });
  await until(() => provider.inspect(ref), (instance) => instance?.state !== 'pending' && instance?.state !== 'suspended', patienceMs);
  const instance = await outcome(provider, ref);
  expect([instance.state, instance.failure?.message]).toEqual(['running', undefined]);
  return instance;
}
