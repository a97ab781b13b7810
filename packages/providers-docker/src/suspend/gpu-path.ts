import type { SnapshotOrigin } from '@neb/core-types';
import { labels } from '../names.ts';
import type { ContainerDetail } from '../replies.ts';

/** What of an engine's machine decides whether CRIU can save what is on its GPUs. */
export interface GpuTold {
  /** NVIDIA's, such as `570.86.15`; `undefined` where none is loaded. */
  readonly driver: string | undefined;
  /** Of each GPU, in the order of their device numbers, such as `NVIDIA L4`. */
  readonly models: readonly string[];
  /** Where this CRIU looks for its plugins. */
  readonly pluginFolder: string;
  readonly hasPlugin: boolean;
  /** Whether NVIDIA's `cuda-checkpoint` is where engines find programs. */
  readonly hasCheckpoint: boolean;
}

/** Whether what is on GPUs can be saved, which pieces it takes there and which of them are not there. */
export interface GpuPath {
  /** Whether there are any for containers, as far as anybody tells. */
  readonly isAsked: boolean;
  /** What is missing and how to get it, in words for an operator, the first piece first; empty where all is there. */
  readonly lacks: readonly string[];
  readonly driver?: string | undefined;
  readonly models: readonly string[];
}

/** What is asked about. */
export interface GpuAsked {
  readonly hasRuntime: boolean;
  readonly arch: string;
  readonly criu: string | undefined;
  /** `undefined` where the engine is on another machine. */
  readonly told: GpuTold | undefined;
}

const oldestDriver = 570;
const oldestCriu = 4;

/** Pure. */
export function gpuPathOf({ hasRuntime, arch, criu, told }: GpuAsked): GpuPath {
  if (!told) return { isAsked: hasRuntime, models: [], lacks: ['the engine is on another machine, whose NVIDIA driver, CRIU plugin for CUDA and cuda-checkpoint cannot be looked at from here; a neb server on that machine can'] };
  const { driver, models, pluginFolder, hasPlugin, hasCheckpoint } = told;
  const lacks = [
    arch !== 'amd64' && arch !== 'x86_64' && `NVIDIA's cuda-checkpoint is there for x86-64 only, and this machine is ${arch}`,
    driver === undefined && `no NVIDIA driver is loaded (there is no /proc/driver/nvidia/version); install one from ${oldestDriver} on`,
    driver !== undefined && majorOf(driver) < oldestDriver && `its NVIDIA driver ${driver} is too old to hand over what is on a GPU; install one from ${oldestDriver} on`,
    criu !== undefined && majorOf(criu) < oldestCriu && `its criu ${criu} has no plugin for CUDA; run scripts/install-criu.sh of neb as root, which brings a newer one`,
    !hasPlugin && `CRIU's plugin for CUDA is not there (${pluginFolder}/cuda_plugin.so); build it of CRIU's source of the same version (make cuda_plugin) and put it there, or take a package of CRIU that has it`,
    !hasCheckpoint && 'cuda-checkpoint, by which CRIU reaches the driver, is not where engines find programs; put it into /usr/local/bin (github.com/NVIDIA/cuda-checkpoint)',
  ].filter((one) => typeof one === 'string');
  return { isAsked: hasRuntime || driver !== undefined || models.length > 0, lacks, driver, models };
}

/** Whether a container has GPUs. */
export function hasGpu({ Config, HostConfig }: Pick<ContainerDetail, 'Config' | 'HostConfig'>): boolean {
  return Config.Labels[labels.gpus] !== undefined || (HostConfig.DeviceRequests ?? []).length > 0;
}

/** What a snapshot of a container needs of GPUs to go on; nothing where it has none. */
export function gpuOrigin(seen: Pick<ContainerDetail, 'Config' | 'HostConfig'>, { driver, models }: GpuPath): Pick<SnapshotOrigin, 'accelerator' | 'driver'> {
  if (!hasGpu(seen)) return {};
  const ids = seen.Config.Labels[labels.gpus]?.split(',').map(Number);
  return { accelerator: inWords(ids ? ids.map((id) => models[id] ?? 'unknown GPU') : models), driver };
}

/** Why what was saved with GPUs would not go on at a machine of `path`, in words; `undefined` if it would, or had none. Pure. */
export function gpuMisfitOf({ accelerator, driver }: SnapshotOrigin, path: GpuPath): string | undefined {
  if (accelerator === undefined) return undefined;
  const [lack] = path.lacks;
  if (lack !== undefined) return `it holds ${accelerator}, which cannot be brought back there: ${lack}`;
  const there = counted(path.models);
  const missing = [...wordsIn(accelerator)].some(([model, count]) => (there.get(model) ?? 0) < count);
  if (missing) return `it was saved on ${accelerator}, and the host has ${inWords(path.models)}`;
  if (driver !== undefined && path.driver !== undefined && majorOf(driver) !== majorOf(path.driver)) return `it was saved with NVIDIA driver ${driver}, and the host has ${path.driver}`;
  return undefined;
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

function counted(models: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const model of models) counts.set(model, (counts.get(model) ?? 0) + 1);
  return counts;
}

/** Such as `2 x NVIDIA L4, 1 x NVIDIA T4`. */
function inWords(models: readonly string[]): string {
  return [...counted(models)].map(([model, count]) => `${count} x ${model}`).join(', ') || 'no GPU';
}

function wordsIn(text: string): ReadonlyMap<string, number> {
  return new Map(text.split(', ').map((part) => {
    const [, count = '1', model = part] = /^(\d+) x (.*)$/.exec(part) ?? [];
    return [model, Number(count)];
  }));
}
