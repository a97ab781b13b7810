import { type Failure, isNebError, messageOf } from '@neb/core-types';
import { redact } from '../redact.ts';

/** What engines and CRIU say when they cannot save, and what that means to the owner of the container. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/Connected TCP socket|established TCP|tcp-established/i, 'it has open connections, and CRIU is not told to close them; put tcp-close into /etc/criu/runc.conf, as scripts/install-criu.sh does'],
  [/get rlimit|RLIMIT.*not permitted|rlimit.*EPERM/i, 'its processes are not root\'s, and this machine does not let CRIU read their limits (CAP_SYS_RESOURCE)'],
  [/no space left on device|disk quota/i, 'the disk is full'],
  [/criu.*(?:not found|executable file)|CRIU.*(?:missing|not available)|exec: "criu"/i, 'there is no criu where the engine runs; scripts/install-criu.sh brings one'],
  [/Unsupported socket|External socket is used/i, 'it talks over a socket whose other end is outside of it'],
  [/nvidia|Can't dump.*\/dev\//i, 'it holds a device, whose state cannot be saved'],
];

/** Why a save failed, in one sentence for the container's owner. */
export function saveFailure(error: unknown): Failure {
  const words = messageOf(error);
  const known = kinds.find(([when]) => when.test(words));
  const code = isNebError(error) ? error.code : 'internal';
  return { code, message: known ? `it could not be saved: ${known[1]}` : `it could not be saved: ${redact(words)}` };
}
