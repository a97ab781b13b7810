import { type ErrorCode, NebError } from '@neb/core-types';
import { redact } from './redact.ts';

/** What an engine answered when it would not: the cause of the NebError that tells of it. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An engine's answer of `status` as an error for the user. */
export function refused(at: string, status: number, text: string): NebError {
  const message = redact(text.trim()) || `status ${status}`;
  return new NebError(codeOf(status, message), `the Docker Engine at ${at} says: ${message}`, { cause: new EngineRefusal(status, message) });
}

/** A connection to an engine that could not be made, or broke, as an error for the user. */
export function unreachable(at: string, error: Error): NebError {
  const { code } = error as NodeJS.ErrnoException;
  const cause = new Error(redact(error.message));
  if (code === 'EACCES') {
    return new NebError('unavailable', `no permission to use the Docker Engine at ${at}`, {
      cause, hint: 'Add yourself to its group and log in again: sudo usermod -aG docker "$USER"',
    });
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new NebError('unavailable', `no Docker Engine is running at ${at}`, { cause, hint: 'Start it (sudo systemctl start docker) or name another (DOCKER_HOST).' });
  }
  return new NebError('unavailable', `the Docker Engine at ${at} cannot be reached: ${cause.message}`, { cause });
}

/** The refusal an error tells of, if it tells of one. */
export function refusalOf(error: unknown): EngineRefusal | undefined {
  return error instanceof NebError && error.cause instanceof EngineRefusal ? error.cause : undefined;
}

/** Whether the engine refused with this status, and in such words where `text` is given. */
export function isRefusal(error: unknown, status: number, text?: RegExp): boolean {
  const refusal = refusalOf(error);
  return refusal?.status === status && (text?.test(refusal.message) ?? true);
}

/** Whether the engine says that a network it was told to use is not there. */
export function isNetworkMissing(message: string): boolean {
  return /\bnetwork\b.* not found/i.test(message);
}

function codeOf(status: number, message: string): ErrorCode {
  // Podman has no better status for a container that went while it was being looked at.
  if (status === 500 && /no such container/i.test(message)) return 'not_found';
  if (status === 400) return 'invalid';
  if (status === 404) return 'not_found';
  // 403 is how an engine says that something is in use.
  if (status === 403 || status === 406 || status === 409) return 'conflict';
  if (status === 501) return 'unsupported';
  return status < 500 ? 'invalid' : 'unavailable';
}
