import { access, constants, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuTold } from './gpu-path.ts';

/** Where engines find programs, which is more than the PATH of a user may have. */
export const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Looks at the files of this machine, below `root`; runs nothing. */
export async function lookAtGpus({ root, pluginFolder }: { readonly root: string; readonly pluginFolder: string }): Promise<GpuTold> {
  const [version, models, hasPlugin, ...found] = await Promise.all([
    readFile(join(root, '/proc/driver/nvidia/version'), 'utf8').catch(() => ''),
    modelsIn(join(root, '/proc/driver/nvidia/gpus')),
    may(join(root, pluginFolder, 'cuda_plugin.so'), constants.R_OK),
    ...programFolders.map((folder) => may(join(root, folder, 'cuda-checkpoint'), constants.X_OK)),
  ]);
  // `NVIDIA UNIX x86_64 Kernel Module  535.129.03  …`, or `NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  …`.
  return { driver: /^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\b/m.exec(version)?.[1], models, pluginFolder, hasPlugin, hasCheckpoint: found.includes(true) };
}

/** By their addresses on the bus, which is the order of their device numbers. */
async function modelsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return await Promise.all(names.toSorted().map(async (name) => {
    const text = await readFile(join(folder, name, 'information'), 'utf8').catch(() => '');
    return /^Model:\s*(.+?)\s*$/m.exec(text)?.[1] ?? 'unknown GPU';
  }));
}

async function may(file: string, mode: number): Promise<boolean> {
  return await access(file, mode).then(() => true, () => false);
}
