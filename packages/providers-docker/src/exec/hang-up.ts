import { newId } from '@neb/core-types';
import { type EngineClient, path } from '../connection/client.ts';
import { execCreated } from '../replies.ts';

/** Something in the environment of a command, and so of all it starts, by which they are found again. */
export function markFor(): string {
  return `NEB_EXEC=${newId()}`;
}

/**
 * Sends SIGHUP to every process that carries the mark. Engines cannot: one who leaves a command leaves it running.
 * Does what it can: a container without a shell keeps its processes.
 */
export async function hangUp(client: EngineClient, name: string, mark: string): Promise<void> {
  try {
    const body = { Cmd: ['sh', '-c', script, 'sh', mark], AttachStdout: false, AttachStderr: false };
    const { Id } = await client.json(execCreated, { method: 'POST', path: path`/containers/${name}/exec`, body });
    await client.done({ method: 'POST', path: path`/exec/${Id}/start`, body: { Detach: true } });
  } catch {
    // The container or its engine is gone, and with it, or for now, any way to reach the command.
  }
}

const script = `for p in /proc/[0-9]*; do
  tr '\\0' '\\n' < "$p/environ" 2>/dev/null | grep -qx "$1" && kill -HUP "\${p#/proc/}"
done 2>/dev/null`;
