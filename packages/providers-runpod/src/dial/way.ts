import { isNebError, NebError } from '@neb/core-types';
import { doorOf } from '../exec/door.ts';
import type { Pod } from '../replies.ts';
import { isRunning, portsOf } from '../translate.ts';

/** How a port of a pod is reached, or why it cannot be. */
export type Way =
  | { readonly do: 'connect'; readonly host: string; readonly port: number }
  /** By the pod's SSH server, which is at this address. */
  | { readonly do: 'enter'; readonly pod: Pod; readonly host: string; readonly port: number }
  | { readonly do: 'refuse'; readonly error: NebError };

/** Which port of which pod, and whether pods can be entered at all. */
export interface Wanted {
  readonly ref: string;
  readonly port: number;
  readonly enters: boolean;
}

/** The way by what is known of the pod: `undefined` where RunPod has none. */
export function wayTo(pod: Pod | undefined, { ref, port, enters }: Wanted): Way {
  if (!pod) return { do: 'refuse', error: new NebError('not_found', `RunPod has no pod ${ref}`) };
  if (!isRunning(pod)) return { do: 'refuse', error: new NebError('conflict', `pod ${ref} is not running, so nothing can listen in it`) };
  const published = portsOf(pod).find((one) => one.port === port);
  if (published) return { do: 'connect', host: published.hostAddress, port: published.hostPort };
  if (!enters) return { do: 'refuse', error: closed(ref, port) };
  try {
    return { do: 'enter', pod, ...doorOf(pod) };
  } catch (error) {
    if (!isNebError(error)) throw error;
    return { do: 'refuse', error: orPublic(error, port) };
  }
}

/** The error that tells that no way leads in, with the other way besides what it says already; any other as it is. */
export function orPublic<E>(error: E, port: number): E | NebError {
  if (!isNebError(error, 'unsupported')) return error;
  return new NebError('unsupported', error.message, { cause: error, hint: [error.hint, `Or make port ${port} public in the manifest's \`ports\` (\`public: true\`), which opens it to everybody.`].join(' ').trim() });
}

function closed(ref: string, port: number): NebError {
  return new NebError('unsupported', `port ${port} of pod ${ref} is not public, and pods are not entered over SSH here`, {
    hint: 'Make it public in the manifest\'s `ports` (`public: true`), or have pods entered: NEB_RUNPOD_EXEC of a server, `secret` of the provider. Pods made before stay closed.',
  });
}
