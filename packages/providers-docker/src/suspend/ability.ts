import type { SnapshotOrigin } from '@neb/core-types';
import { gpuMisfitOf, type GpuPath, gpuPathOf, type GpuTold } from './gpu-path.ts';

/** What is known of an engine and its host before it is asked to suspend anything. */
export interface EngineTold {
  readonly kind: 'docker' | 'podman';
  readonly version: string;
  readonly kernel: string;
  readonly arch: string;
  /** Docker's: whether it was started with `--experimental`. */
  readonly isExperimental: boolean;
  readonly isRootless: boolean;
  readonly remapsUsers: boolean;
  /** Podman's: `runc` or `crun`, and whether that can call CRIU. */
  readonly runtime: { readonly name: string; readonly knowsCriu: boolean } | undefined;
  /** Whether it can give GPUs to containers. */
  readonly hasGpuRuntime: boolean;
  /** Of the machine, where it is ours: `undefined` where it is another. */
  readonly here: HereTold | undefined;
}

export interface HereTold {
  /** `undefined` where there is none. */
  readonly criu: string | undefined;
  /** A digest of the CPU's features. */
  readonly cpu: string | undefined;
  /** Whether the containers' folder of a Docker engine can be read and written. */
  readonly hasDataRoot: boolean;
  readonly gpus: GpuTold;
}

/** Whether an engine can suspend with memory, or what is missing, in words for its operator. */
export type Ability =
  | { readonly can: true; readonly kind: 'docker' | 'podman'; readonly forks: boolean; readonly made: SnapshotOrigin; readonly gpus: GpuPath }
  | { readonly can: false; readonly why: string };

const install = 'run scripts/install-criu.sh of neb as root, which brings one that does';

/** Pure. */
export function abilityOf(told: EngineTold): Ability {
  const why = lack(told);
  if (why !== undefined) return { can: false, why };
  const { kind, version, kernel, arch, hasGpuRuntime, here } = told;
  const engine = [`${kind} ${version}`, here?.criu && `criu ${here.criu}`].filter(Boolean).join(', ');
  // Podman hands a snapshot out; of Docker, only whoever sees its folders gets at one.
  const forks = kind === 'podman' || here?.hasDataRoot === true;
  return { can: true, kind, forks, made: { engine, kernel, arch, cpu: here?.cpu }, gpus: gpuPathOf({ hasRuntime: hasGpuRuntime, arch, criu: here?.criu, told: here?.gpus }) };
}

function lack({ kind, version, kernel, isExperimental, isRootless, remapsUsers, runtime, here }: EngineTold): string | undefined {
  if (isRootless) return 'a rootless engine may not save the memory of processes; use one that root runs';
  if (kind === 'docker') {
    if (!isExperimental) return 'the Docker Engine saves memory only with {"experimental": true} in /etc/docker/daemon.json, and a restart';
    if (remapsUsers) return 'the Docker Engine remaps users (userns-remap), and cannot restore what it saves then';
    if (Number.parseInt(version, 10) >= 28) return `Docker ${version} saves memory but cannot restore it into a network of its own (containerd #12141); Podman can`;
  }
  if (runtime && !runtime.knowsCriu) return `${runtime.name} of this Podman was built without CRIU; install runc, and set runtime = "runc" under [engine] in /etc/containers/containers.conf`;
  if (here && here.criu === undefined) return `there is no criu, which saves the memory of processes; ${install}`;
  if (here?.criu !== undefined && isOlder(here.criu, '4.2') && !isOlder(kernel, '6.16')) return `criu ${here.criu} does not work with Linux ${kernel}, which needs 4.2; ${install}`;
  return undefined;
}

/** Why what was saved at `made` would not go on at an engine of `ability`, in words; `undefined` if it would. Pure. */
export function misfitOf(made: SnapshotOrigin, ability: Ability): string | undefined {
  if (!ability.can) return ability.why;
  const { made: there } = ability;
  const kind = made.engine?.split(' ')[0];
  if (kind !== ability.kind) return `it was saved by ${made.engine ?? 'another kind of platform'}, and ${ability.kind} cannot read that`;
  if (made.arch !== there.arch) return `it was saved on ${made.arch ?? 'another kind of CPU'}, and the host has ${there.arch ?? 'another'}`;
  const gpus = gpuMisfitOf(made, ability.gpus);
  if (gpus !== undefined) return gpus;
  if (made.cpu !== undefined && there.cpu !== undefined && made.cpu !== there.cpu) return 'the CPU it was saved on has other features than the host\'s, which programs in it may be using';
  if (made.kernel !== undefined && there.kernel !== undefined && isOlder(there.kernel, made.kernel)) return `it was saved on Linux ${made.kernel}, and the host's ${there.kernel} is older`;
  return undefined;
}

/** By major and minor, which is what CRIU goes by. */
function isOlder(version: string, than: string): boolean {
  const [a = 0, b = 0] = version.split(/[.-]/).map(Number);
  const [c = 0, d = 0] = than.split(/[.-]/).map(Number);
  return a < c || (a === c && b < d);
}
