import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { containerDetail } from '../replies.ts';
import { lookAtGpus } from './gpu-look.ts';
import { gpuOrigin, type GpuPath, gpuPathOf } from './gpu-path.ts';

const driverFile = (version: string): readonly [string, string] => ['/proc/driver/nvidia/version', `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${version}  Release Build  (dvs-builder@host)  Fri Jan 17 2026\nGCC version:  gcc version 12.2.0 (GCC)\n`];
const gpuFile = (bus: string, model: string): readonly [string, string] => [`/proc/driver/nvidia/gpus/${bus}/information`, `Model: \t\t ${model}\nIRQ:   \t\t 47\nGPU UUID: \t GPU-0\n`];
const plugin = ['/usr/lib/criu/cuda_plugin.so', ''] as const;
const checkpoint = ['/usr/local/bin/cuda-checkpoint', ''] as const;
const l4 = gpuFile('0000:31:00.0', 'NVIDIA L4');
const all = [driverFile('570.86.15'), gpuFile('0000:af:00.0', 'NVIDIA T4'), l4, plugin, checkpoint];

/** What is told of a machine that has these files and no others. */
async function pathAt(files: readonly (readonly [string, string])[], { arch = 'amd64', criu = '4.2.1', hasRuntime = true } = {}): Promise<GpuPath> {
  const root = await mkdtemp(join(tmpdir(), 'neb-gpus-'));
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
      if (path.includes('/bin/')) await chmod(join(root, path), 0o755);
    }
    return gpuPathOf({ hasRuntime, arch, criu, told: await lookAtGpus({ root, pluginFolder: '/usr/lib/criu' }) });
  } finally {
    await rm(root, { recursive: true });
  }
}

it('a machine with every piece has the path, and tells its driver and its GPUs in the order of their numbers', async () => {
  expect(await pathAt(all)).toEqual({ isAsked: true, lacks: [], driver: '570.86.15', models: ['NVIDIA L4', 'NVIDIA T4'] });
});

it('a driver of the closed kind is told as well', async () => {
  const closed = ['/proc/driver/nvidia/version', 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65  Wed Aug 17 22:24:07 PDT 2026\n'] as const;
  expect(await pathAt([closed, plugin, checkpoint])).toMatchObject({ driver: '580.65', lacks: [] });
});

it.each<[string, readonly (readonly [string, string])[], Parameters<typeof pathAt>[1], readonly RegExp[]]>([
  ['a driver', [l4, plugin, checkpoint], {}, [/no NVIDIA driver is loaded.*install one from 570 on/]],
  ['a driver that is new enough', [driverFile('550.127.05'), plugin, checkpoint], {}, [/NVIDIA driver 550\.127\.05 is too old.*from 570 on/]],
  ['the plugin', [driverFile('570.86.15'), checkpoint], {}, [/plugin for CUDA is not there \(\/usr\/lib\/criu\/cuda_plugin\.so\); build it/]],
  ['cuda-checkpoint', [driverFile('570.86.15'), plugin], {}, [/cuda-checkpoint.*put it into \/usr\/local\/bin/]],
  ['a criu that is new enough', all, { criu: '3.19' }, [/criu 3\.19 has no plugin.*install-criu\.sh/]],
  ['a CPU of the right kind', all, { arch: 'arm64' }, [/x86-64 only.*arm64/]],
  ['everything', [], {}, [/no NVIDIA driver/, /plugin for CUDA/, /cuda-checkpoint/]],
])('a machine that lacks %s says so, and how to get it', async (_, files, more, words) => {
  const { lacks } = await pathAt(files, more);
  expect(lacks).toHaveLength(words.length);
  for (const [at, word] of words.entries()) expect(lacks[at]).toMatch(word);
});

it('a cuda-checkpoint that cannot be run is none', async () => {
  expect((await pathAt([driverFile('570.86.15'), plugin, ['/usr/lib/cuda-checkpoint', '']])).lacks).toEqual([expect.stringContaining('cuda-checkpoint')]);
});

it('a machine without GPUs is not asked for the pieces, and an engine elsewhere cannot be looked at', async () => {
  expect((await pathAt([], { hasRuntime: false })).isAsked).toBe(false);
  expect((await pathAt([l4], { hasRuntime: false })).isAsked).toBe(true);
  expect(gpuPathOf({ hasRuntime: true, arch: 'amd64', criu: undefined, told: undefined })).toEqual({ isAsked: true, models: [], lacks: [expect.stringContaining('cannot be looked at from here')] });
});

it('a snapshot tells the GPUs that its container had, and their driver', async () => {
  const path = await pathAt(all);
  const seen = (Labels: Record<string, string>, HostConfig: object = {}) => containerDetail.parse({ Name: '/a', State: { Status: 'running', Pid: 7 }, Config: { Labels, Image: 'img' }, HostConfig, NetworkSettings: {} });
  expect(gpuOrigin(seen({}), path)).toEqual({});
  expect(gpuOrigin(seen({ 'neb.gpus': '1' }), path)).toEqual({ accelerator: '1 x NVIDIA T4', driver: '570.86.15' });
  expect(gpuOrigin(seen({}, { DeviceRequests: [{}] }), path)).toEqual({ accelerator: '1 x NVIDIA L4, 1 x NVIDIA T4', driver: '570.86.15' });
});
