import { readFile } from 'node:fs/promises';
import { type ErrorCode, type Failure, isNebError, messageOf, NebError } from '@neb/core-types';
import { redact } from '../redact.ts';

/** What engines and CRIU say when they cannot save, and what that means to the owner of the container. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/Connected TCP socket|established TCP|tcp-established/i, 'it has open connections, and CRIU is not told to close them; put tcp-close into /etc/criu/runc.conf, as scripts/install-criu.sh does'],
  [/get rlimit|RLIMIT.*not permitted|rlimit.*EPERM/i, 'its processes are not root\'s, and this machine does not let CRIU read their limits (CAP_SYS_RESOURCE)'],
  [/io_uring/, 'a process of it uses io_uring, which CRIU cannot save; Docker from 25 on and Podman keep it from containers, and sysctl kernel.io_uring_disabled=1 does so with an older Docker'],
  [/no space left on device|disk quota/i, 'the disk is full'],
  [/criu.*(?:not found|executable file)|CRIU.*(?:missing|not available)|exec: "criu"/i, 'there is no criu where the engine runs; scripts/install-criu.sh brings one'],
  [/Unsupported socket|External socket is used/i, 'it talks over a socket whose other end is outside of it'],
  [/nvidia|Can't dump.*\/dev\//i, 'it holds a device, whose state cannot be saved'],
];

/** Why a save failed, in one sentence for the container's owner. Engines but name CRIU's log; where that is ours to read, it says more. */
export async function saveFailure(error: unknown, { sharesFiles }: { readonly sharesFiles: boolean }): Promise<Failure> {
  const said = messageOf(error);
  const log = sharesFiles ? /(\/\S+\.log)\b/.exec(said)?.[1] : undefined;
  return failureOf(isNebError(error) ? error.code : 'internal', said, log === undefined ? [] : await faultsIn(log));
}

/** Pure. */
export function failureOf(code: ErrorCode, said: string, faults: readonly string[]): Failure {
  const words = [...faults, said];
  const known = kinds.find(([when]) => words.some((one) => when.test(one)));
  const why = known?.[1] ?? (faults.length > 0 ? `CRIU says: ${faults[0]}` : redact(said));
  return { code, message: `it could not be saved: ${why}` };
}

/** What a log of CRIU's complains of. */
async function faultsIn(log: string): Promise<readonly string[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return [...text.matchAll(/Error \([^)]*\): (.*)$/gm)].map(([, fault = '']) => fault).filter((fault) => !/Can't setup RLIMIT_NOFILE for self/.test(fault));
}

/** Of a save after which the container was to run on: another suspended it first. */
export function suspendedMeanwhile(container: string): NebError {
  return new NebError('conflict', `container ${container} was suspended before it could be saved`, { hint: 'Resume it, and save it then.' });
}
