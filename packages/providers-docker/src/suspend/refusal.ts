import { readdir, readFile, readlink } from 'node:fs/promises';
import type { SaveRequest } from '@neb/core-types';
import type { ContainerDetail } from '../replies.ts';
import type { Ability } from './ability.ts';
import { hasGpu } from './gpu-path.ts';

/** Why a container is not saved, and whether that may change. */
export interface Refused {
  readonly code: 'unsupported' | 'conflict';
  readonly why: string;
}

export interface Asked {
  readonly seen: ContainerDetail;
  readonly request: SaveRequest;
  readonly ability: Ability & { readonly can: true };
  readonly isSuspended: boolean;
  /** It stands still while another snapshot of it is taken, and runs on. */
  readonly isBeingSaved: boolean;
  /** Whether processes of the engine's host are ours to look at. */
  readonly sharesFiles: boolean;
}

/** What of a container's processes decides whether they can be saved. */
export interface ProcessTold {
  /** As whom it runs. */
  readonly uid: number;
  /** Whether this machine lets anybody at all change limits of others' processes, which CRIU must. */
  readonly hasSysResource: boolean;
  /** Whether one of them has an io_uring, which CRIU does not know. */
  readonly usesIoUring: boolean;
}

/** Before anything stops. Looks, and changes nothing. */
export async function refusalOf(asked: Asked): Promise<Refused | undefined> {
  return refusalFrom(asked, asked.sharesFiles ? await processOf(asked.seen.State.Pid) : undefined);
}

/** Pure. */
export function refusalFrom({ seen, request, ability, isSuspended, isBeingSaved }: Omit<Asked, 'sharesFiles'>, process: ProcessTold | undefined): Refused | undefined {
  const { State, Config, HostConfig } = seen;
  if (isSuspended) return { code: 'conflict', why: 'it is suspended already' };
  if (State.Status !== 'running' && !isBeingSaved) return { code: 'conflict', why: `it does not run (it is ${State.Status}), so there is nothing in memory to save` };
  const why = lack();
  return why === undefined ? undefined : { code: 'unsupported', why };

  function lack(): string | undefined {
    if (hasGpu(seen)) {
      const [piece] = ability.gpus.lacks;
      if (piece !== undefined) return `it has a GPU, and what is on that cannot be saved: ${piece}`;
      if (ability.kind === 'podman' && request.for === 'any') return 'it has a GPU, and Podman restores a container with the very devices it was saved with, which another may hold: it goes on in its place only';
    }
    if (process && process.uid !== 0 && !process.hasSysResource) return `it runs as user ${process.uid}, and on this machine nobody has CAP_SYS_RESOURCE, without which CRIU saves root's processes only; run it as root, or elsewhere`;
    if (process?.usesIoUring) return 'a process of it uses io_uring, which CRIU cannot save; Docker from 25 on and Podman keep it from containers, and sysctl kernel.io_uring_disabled=1 does so with an older Docker';
    if (HostConfig.Init === true) return 'it was started with an init of the engine (--init), which is not found again';
    if (ability.kind === 'docker') return lackAtDocker();
    if (request.connections === 'keep' && request.for === 'any') return 'connections can be kept only by the container itself, in its place: a fork has another address';
    return undefined;
  }

  function lackAtDocker(): string | undefined {
    if (request.connections === 'keep') return 'Docker keeps no connections when it suspends; Podman can';
    if (!ability.forks && (request.for === 'any' || request.then === 'run')) return 'this Docker Engine hands out no memory, so only the container itself can go on from what it saves: neb must run as root on its machine, or take Podman';
    const everyMs = (Config.Healthcheck?.Interval ?? 0) / 1e6;
    if (everyMs > 0 && everyMs < 10_000) return `its health check runs every ${everyMs / 1_000} s, and Docker waits for it for half a minute while it saves; every 10 s or more is fine`;
    if (HostConfig.AutoRemove === true) return 'it is removed when it stops (--rm), and so would be what it was saved as';
    if (!['', 'no'].includes(HostConfig.RestartPolicy?.Name ?? '')) return 'Docker starts it anew whenever it stops (--restart), also when it is suspended';
    return undefined;
  }
}

async function processOf(pid: number): Promise<ProcessTold | undefined> {
  const [own, first] = await Promise.all([statusOf(pid), statusOf(1)]);
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(own)?.[1];
  const bounding = /^CapBnd:\s+([0-9a-f]+)/m.exec(first)?.[1];
  if (pid === 0 || uid === undefined || bounding === undefined) return undefined;
  return { uid: Number(uid), hasSysResource: (BigInt(`0x${bounding}`) >> 24n & 1n) === 1n, usesIoUring: await usesIoUring(pid) };
}

/** Of a process and those it started. */
async function usesIoUring(pid: number): Promise<boolean> {
  const open = await namesIn(`/proc/${pid}/fd`);
  const files = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  if (files.includes('anon_inode:[io_uring]')) return true;
  const threads = await namesIn(`/proc/${pid}/task`);
  const children = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')));
  const found = await Promise.all(children.join(' ').split(/\s+/).filter(Boolean).map((child) => usesIoUring(Number(child))));
  return found.includes(true);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}

async function statusOf(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
}
