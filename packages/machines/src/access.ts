import { type Call, messageOf, NebError, type Provider } from '@neb/core-types';
import { type DockerProvider, ssh, type SshTarget } from '@neb/providers-docker';
import { connectSsh } from '@neb/ssh';
import { aliveFile } from './boot/script.ts';
import { mountCommand } from './boot/mount.ts';
import { aliveCommand } from './boot/watchdog.ts';

/** What runs containers on one machine. */
export type MachineEngine = Provider & Pick<DockerProvider, 'startAgain'> & AsyncDisposable;

/** How machines are reached once they have booted. */
export interface Access {
  /** The engine of a machine, as a provider with that machine as its only region, called `machine`. Connects when first used. */
  engine(target: SshTarget): MachineEngine;
  /** Tells the machine that the control plane is there. Rejects where it cannot be reached. */
  beat(target: SshTarget, call?: Call): Promise<void>;
  /** Has the device mounted there, formatted if it is blank. Repeating it changes nothing. Rejects with `unavailable` where that cannot be done yet. */
  mount(target: SshTarget, mount: Mount, call?: Call): Promise<void>;
}

/** A device that becomes a folder. */
export interface Mount {
  /** Such as `/dev/sdb`. */
  readonly device: string;
  /** Absolute. */
  readonly folder: string;
}

/** The region of a machine's engine. */
export const machineRegion = 'machine';

const commandMs = 60_000;

/** Over SSH. */
export const sshAccess: Access = {
  // Public ports are refused, so nothing of a container's is ever published; host paths are those of mounted disks alone.
  engine: (target) => ssh({ hosts: [{ ...target, name: machineRegion, allowHostPaths: true }] }),
  beat: async (target, call) => await runOver(target, aliveCommand(aliveFile), call?.signal),
  mount: async (target, { device, folder }, call) => await runOver(target, mountCommand(device, folder), call?.signal),
};

/** Runs a command in a connection of its own; rejects where that does not end well within a minute. */
async function runOver(target: SshTarget, command: string, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const over = Promise.withResolvers<void>();
  const fail = (why: string): void => over.reject(new NebError('unavailable', `${target.host} did not run a command over SSH: ${why}`));
  const abort = (): void => over.reject(signal?.reason as Error);
  const timer = setTimeout(() => fail(`no end within ${commandMs / 1_000} s`), commandMs);
  signal?.addEventListener('abort', abort, { once: true });
  const connecting = connectSsh(target);
  connecting.then((client) => client.on('close', () => fail('the connection broke')).exec(command, (error, channel) => {
    if (error) return fail(error.message);
    channel.on('exit', (code: number | null) => (code === 0 ? over.resolve() : fail(`exit code ${code}`))).resume();
    channel.stderr.resume();
  })).catch((error: unknown) => fail(messageOf(error)));
  try {
    await over.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    void connecting.then((client) => client.end(), () => undefined);
  }
}
