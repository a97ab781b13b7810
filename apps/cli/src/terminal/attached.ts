import { isDeepStrictEqual } from 'node:util';
import type { ExecSession, TerminalSize } from '@neb/core-types';
import type { Neb, ObjectRef } from '@neb/sdk';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

export interface AttachedOptions {
  readonly neb: Neb;
  readonly ref: ObjectRef;
  readonly command: readonly string[];
  /** Pass on stdin. */
  readonly stdin: boolean;
  /** The command gets a terminal, and ours only carries its bytes. */
  readonly tty: boolean;
}

/** Runs a command with our stdin, stdout and stderr as its own; its exit code. Our terminal is as before, however it ends. */
export async function attached(session: Session, { neb, ref, command, stdin, tty }: AttachedOptions): Promise<number> {
  const { world, signal } = session;
  const size = tty ? sizeOf(world) : undefined;
  await using remote = await neb.containers.exec(ref, { command, ...(stdin && { stdin: true }), ...(size && { tty: size }) }, { signal });
  using _raw = tty && stdin ? rawMode(world) : undefined;
  const resize = (next: TerminalSize): void => void remote.resize(next).catch(() => undefined);
  using _resized = size ? onResize(world, resize) : undefined;
  // The window may have changed while the command was started.
  if (size && !isDeepStrictEqual(size, sizeOf(world))) resize(sizeOf(world));
  using input = stdin ? feed(world, remote) : undefined;
  for await (const { stream, data } of remote.output) {
    const to = stream === 'stdout' ? world.stdout : world.stderr;
    if (!to.write(data)) await new Promise<void>((resolve) => to.once('drain', () => resolve()));
  }
  const code = await remote.exit;
  input?.[Symbol.dispose]();
  return code;
}

function sizeOf({ stdout, stderr, env }: World): TerminalSize {
  return { rows: stdout.rows ?? stderr.rows ?? 24, cols: stdout.columns ?? stderr.columns ?? env.columns ?? 80 };
}

/** Keys go to the command one by one, Ctrl-C too, until disposed of. A process that dies restores the terminal on its way out. */
function rawMode({ stdin }: World): Disposable {
  const restore = (): void => {
    stdin.setRawMode?.(false);
  };
  stdin.setRawMode?.(true);
  process.once('exit', restore);
  const ended = (): void => process.exit(143);
  process.once('SIGTERM', ended).once('SIGHUP', ended);
  return {
    [Symbol.dispose]() {
      restore();
      process.off('exit', restore).off('SIGTERM', ended).off('SIGHUP', ended);
    },
  };
}

function onResize(world: World, tell: (size: TerminalSize) => void): Disposable {
  const resized = (): void => tell(sizeOf(world));
  world.stdout.on('resize', resized);
  return { [Symbol.dispose]: () => void world.stdout.off('resize', resized) };
}

/** Carries stdin over until it ends or is disposed of; a command that no longer reads is nobody's loss. */
function feed({ stdin }: World, remote: ExecSession): Disposable {
  const take = (data: Uint8Array | string): void => {
    stdin.pause();
    remote.write(typeof data === 'string' ? Buffer.from(data) : data).then(() => stdin.resume(), stop);
  };
  const end = (): void => void remote.closeInput().catch(() => undefined);
  const stop = (): void => {
    stdin.off('data', take);
    stdin.off('end', end);
    stdin.pause();
  };
  stdin.on('data', take);
  stdin.once('end', end);
  stdin.resume();
  return { [Symbol.dispose]: stop };
}
