import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance, LaunchSpec, Snapshot } from '@neb/core-types';
import { type DockerProvider, podman } from '@neb/providers-docker';
import { type BarePodman, barePodman } from './suspend/bare-podman.ts';
import { type Figure, median, spread } from './statistics.ts';

/** MiB that a process has, beside what Python takes. */
const sizes = [10, 51, 200] as const;
const pythonMiB = 9;
const fleet = 'neb-bench-suspend';

interface Samples {
  readonly suspend: number[];
  readonly resume: number[];
  readonly fork: number[];
}

/** (p) suspend, resume and fork of a process, ours and `podman container checkpoint` and `restore` in turn, on a Podman of its own. */
export async function suspendBench(rounds: number): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-bench-'));
  await using engine = await barePodman(join(folder, 'podman'));
  const figures: Figure[] = [];
  const provider = podman({ hosts: [{ socketPath: engine.socketPath, snapshotsFolder: join(folder, 'snapshots') }] });
  try {
    for (const mebibytes of sizes) figures.push(...(await atSize(provider, engine, { mebibytes, rounds })));
  } finally {
    for await (const { ref } of provider.list({ fleet })) await provider.delete(ref, { graceMs: 0 });
    await provider[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
  return figures;
}

async function atSize(provider: DockerProvider, engine: BarePodman, { mebibytes, rounds }: { readonly mebibytes: number; readonly rounds: number }): Promise<readonly Figure[]> {
  const [offer] = await Array.fromAsync(provider.offers({}));
  const spec = specOf(engine.image, mebibytes - pythonMiB);
  const ours: Samples = { suspend: [], resume: [], fork: [] };
  const floor: Samples = { suspend: [], resume: [], fork: [] };
  const { ref } = await running(provider, await provider.create({ key: 'ours', fleet, offer: offer!, spec }));
  await engine.run('bare', spec);
  await settled(provider, ref);

  for (let round = 0; round < rounds; round++) {
    const key = `${mebibytes}-${round}`;
    const aside = await timed(ours.suspend, async () => await ready(provider, await provider.suspend!.save(ref, { key: `aside-${key}`, fleet, then: 'suspend', for: 'itself' })));
    await timed(ours.resume, async () => await running(provider, await provider.suspend!.restore(aside.ref, { key: 'ours', fleet, offer: offer!, spec })));
    await timed(floor.suspend, () => engine.podman('container', 'checkpoint', 'bare'));
    await timed(floor.resume, () => engine.podman('container', 'restore', 'bare'));

    let shared: Snapshot;
    const fork = await timed(ours.fork, async () => {
      shared = await ready(provider, await provider.suspend!.save(ref, { key: `fork-${key}`, fleet, then: 'run', for: 'any' }));
      return await running(provider, await provider.suspend!.restore(shared.ref, { key: `fork-${key}`, fleet, offer: offer!, spec }));
    });
    await timed(floor.fork, () => engine.fork('bare', `bare-${key}`));
    await provider.delete(fork.ref, { graceMs: 0 });
    await engine.podman('rm', '-f', '-t', '0', `bare-${key}`);
    for (const one of [aside, shared!]) await provider.suspend!.forget(one.ref);
  }
  await provider.delete(ref, { graceMs: 0 });
  await engine.podman('rm', '-f', '-t', '0', 'bare');
  return (['suspend', 'resume', 'fork'] as const).map((verb) => figureOf(verb, mebibytes, { ours: ours[verb], floor: floor[verb] }));
}

function figureOf(verb: keyof Samples, mebibytes: number, { ours, floor }: { readonly ours: readonly number[]; readonly floor: readonly number[] }): Figure {
  const ratio = median(ours) / median(floor);
  const target = mebibytes === 200 ? '≤ 1.15 × floor' : mebibytes === 51 && verb === 'fork' ? '≤ 1,000 ms' : '';
  const met = mebibytes === 200 ? ratio <= 1.15 : target === '' || median(ours) <= 1_000;
  return { what: `${verb}, ${mebibytes} MiB, ${ours.length} each`, ours: `${spread(ours)} = ${ratio.toFixed(2)} × floor`, floor: spread(floor), target, met };
}

function specOf(image: string, mebibytes: number): LaunchSpec {
  const program = `import os, time\nheld = bytearray(os.urandom(${mebibytes} * 1048576))\nprint('ready', flush=True)\nwhile True: time.sleep(0.05)`;
  return { image, entrypoint: ['/bin/python', '-c', program], env: {}, ports: [], volumes: [], limits: {}, labels: {}, network: { namespace: 'bench', hostnames: [] } };
}

/** Once it has filled its memory. */
async function settled(provider: DockerProvider, ref: Instance['ref']): Promise<void> {
  for await (const { text } of provider.logs!(ref, { follow: true })) if (text === 'ready') return;
}

async function running(provider: DockerProvider, { ref }: Instance): Promise<Instance> {
  for (;;) {
    const seen = await provider.inspect(ref);
    if (seen?.state === 'running') return seen;
    if (seen?.state !== 'pending' && seen?.state !== 'suspended') throw new Error(`it is ${seen?.state}: ${seen?.failure?.message}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}

async function ready(provider: DockerProvider, { ref }: Snapshot): Promise<Snapshot> {
  for (;;) {
    const seen = await provider.suspend!.snapshot(ref);
    if (seen?.state === 'ready') return seen;
    if (seen?.state !== 'saving') throw new Error(`the snapshot failed: ${seen?.failure?.message}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}

async function timed<T>(samples: number[], work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  samples.push(performance.now() - start);
  return result;
}
