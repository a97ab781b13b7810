import { type Clock, isNebError, NebError } from '@neb/core-types';
import { connectSsh, type Keyring } from '@neb/ssh';
import type { Client } from 'ssh2';
import { variables } from '../names.ts';
import type { Pod } from '../replies.ts';
import { isRunning } from '../translate.ts';
import { isWrapped } from '../wrapper.ts';
import { sshPort } from './ssh-script.ts';

/** What a pod is entered with. */
export interface Door {
  readonly keys: Keyring;
  readonly clock: Clock;
}

/** A server that the pod has only just been told to start may need a moment. */
const patience = { ms: 5_000, stepMs: 200 };

/**
 * A connection to the pod's SSH server, which has shown the key that the pod was given. Rejects with `conflict` where the pod does not
 * run, `unsupported` where it lets nobody in, in words that say what to do, and `unavailable` where it cannot be reached now.
 */
export async function enter(pod: Pod, { keys, clock }: Door, signal: AbortSignal | undefined): Promise<Client> {
  const { host, port } = doorOf(pod);
  const { [variables.fleet]: fleet = '', [variables.key]: key = '' } = pod.env;
  const server = { host, port, username: 'root', privateKey: keys.user(fleet).privateKey, hostKeys: [keys.host({ fleet, key }).publicKey] };
  for (const end = clock.now() + patience.ms; ; ) {
    signal?.throwIfAborted();
    try {
      return await connectSsh(server, undefined, { signal });
    } catch (error) {
      if (!isNobodyThere(error)) throw error;
      if (clock.now() > end) throw silent(pod, error);
    }
    await clock.sleep(patience.stepMs, signal);
  }
}

/** Where the pod's SSH server is reached. Throws as `enter` rejects. */
export function doorOf(pod: Pod): { readonly host: string; readonly port: number } {
  const { id, env, ssh } = pod;
  if (!isRunning(pod)) throw new NebError('conflict', `pod ${id} is not running, so no command can run in it`);
  if (env[variables.ssh] === undefined) throw doorless(id, isWrapped({ env }));
  if (ssh?.direct) return ssh.direct;
  throw new NebError('unavailable', `RunPod has given pod ${id} no address for SSH yet`, { hint: 'Try again in a moment. On community hosts without a public address there is never one.' });
}

function doorless(id: string, wrapped: boolean): NebError {
  if (!wrapped) return new NebError('unsupported', `pod ${id} runs its image's own command, and neb starts an SSH server only beside a command that it is told`, { hint: 'Name the command in the manifest.' });
  return new NebError('unsupported', `pod ${id} has no SSH server of neb's: exec was not set up when it was made, or port ${sshPort} is the container's own`, { hint: `Create the container anew, without port ${sshPort} among its \`ports\`.` });
}

/** RunPod, or the pod's kernel, refuses a connection that nobody waits for, at once or before the server has said a word. */
function isNobodyThere(error: unknown): boolean {
  if (!isNebError(error, 'unavailable')) return false;
  const { code = '', message = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || message.includes('before handshake');
}

function silent({ id, image }: Pod, cause: unknown): NebError {
  return new NebError('unsupported', `no SSH server answers in pod ${id}: its image ${image} has neither sshd nor dropbear, or does not run as root`, {
    cause, hint: 'Put openssh-server or dropbear into the image, or begin the command with `apt-get update && apt-get install -y dropbear-bin`: neb starts it within five seconds.',
  });
}
