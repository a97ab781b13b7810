import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '@neb/core-types';
import type { EngineClient } from '../connection/client.ts';
import type { HostAccelerator } from '../options.ts';
import { engineInfo, engineVersion, libpodInfo } from '../replies.ts';
import { factsIn } from '../host-facts.ts';
import { type Ability, abilityOf, type HereTold } from './ability.ts';
import { lookAtGpus, programFolders } from './gpu-look.ts';

/** What an engine is found to be able to do. */
export interface Detection {
  /** As it was last found; `undefined` before it was looked for. */
  readonly last: Ability | undefined;
  /**
   * Looks, where the last look is older than a minute. One that was able seldom ceases to be, and takes seconds to tell about itself: it is
   * looked at meanwhile, for the next who asks. Rejects where an engine that was not found able cannot be asked.
   */
  find(signal?: AbortSignal): Promise<Ability>;
}

const keepMs = 60_000;

/** What is looked at, and when. */
export interface DetectionOptions {
  /** Whether the engine's machine is this one. */
  readonly sharesFiles: boolean;
  readonly clock: Clock;
  /** What the operator says there is. */
  readonly accelerators: readonly HostAccelerator[];
}

export function detection(client: EngineClient, options: DetectionOptions): Detection {
  const { clock } = options;
  let last: { readonly ability: Ability; readonly at: number } | undefined;

  async function again(signal?: AbortSignal): Promise<Ability> {
    const ability = await look(client, options, signal);
    last = { ability, at: clock.now() };
    return ability;
  }

  return {
    get last() {
      return last?.ability;
    },
    async find(signal) {
      if (last && clock.now() - last.at < keepMs) return last.ability;
      if (!last?.ability.can) return await again(signal);
      last = { ...last, at: clock.now() };
      again().catch(() => undefined); // Whoever uses the engine is told.
      return last.ability;
    },
  };
}

async function look(client: EngineClient, { sharesFiles, accelerators }: DetectionOptions, signal?: AbortSignal): Promise<Ability> {
  const [version, info] = await Promise.all([
    client.json(engineVersion, { method: 'GET', path: '/version', signal }),
    client.json(engineInfo, { method: 'GET', path: '/info', signal }),
  ]);
  const isPodman = (version.Components ?? []).some(({ Name }) => /podman/i.test(Name));
  const libpod = isPodman ? await client.json(libpodInfo, { method: 'GET', path: '/v4.0.0/libpod/info', signal }) : undefined;
  const runtime = libpod?.host.ociRuntime;
  const options = info.SecurityOptions ?? [];
  return abilityOf({
    kind: isPodman ? 'podman' : 'docker',
    version: version.Version,
    kernel: version.KernelVersion ?? '',
    arch: version.Arch ?? '',
    isExperimental: info.ExperimentalBuild === true,
    isRootless: libpod ? libpod.host.security.rootless : options.some((option) => /name=rootless/.test(option)),
    remapsUsers: options.some((option) => /name=userns/.test(option)),
    runtime: runtime ? { name: runtime.name, knowsCriu: runtime.name !== 'crun' || /\+CRIU/i.test(runtime.version) } : undefined,
    hasGpuRuntime: factsIn(info, accelerators).gpuRuntime,
    here: sharesFiles ? await lookHere(info.DockerRootDir ?? '') : undefined,
  });
}

async function lookHere(dataRoot: string): Promise<HereTold> {
  const [criu, cpu, hasDataRoot] = await Promise.all([criuFound(), cpuDigest(), isOurs(join(dataRoot, 'containers'))]);
  const gpus = await lookAtGpus({ root: '/', pluginFolder: criu?.plugins ?? '/usr/lib/criu' });
  return { criu: criu?.version, cpu, hasDataRoot: dataRoot !== '' && hasDataRoot, gpus };
}

/** As engines find it. */
async function criuFound(): Promise<{ readonly version: string | undefined; readonly plugins: string | undefined } | undefined> {
  for (const folder of programFolders) {
    try {
      const [version, help] = await Promise.all([said(join(folder, 'criu'), '--version'), said(join(folder, 'criu'), '--help')]);
      // Each build has a folder for plugins of its own, which it tells of beside the option for another.
      return { version: /Version:\s*(\S+)/.exec(version)?.[1], plugins: /--libdir\s.*?by default (\S+?)\/?\)/s.exec(help)?.[1] };
    } catch {
      // Not there, or not to be run: the next one.
    }
  }
  return undefined;
}

async function said(program: string, word: string): Promise<string> {
  return (await promisify(execFile)(program, [word])).stdout;
}

async function cpuDigest(): Promise<string | undefined> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const features = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1];
  return features && createHash('sha256').update(features.trim().split(/\s+/).toSorted().join(' ')).digest('hex').slice(0, 16);
}

async function isOurs(folder: string): Promise<boolean> {
  return await access(folder, constants.R_OK | constants.W_OK).then(() => true, () => false);
}
