import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Connection, type ExecOutput, type ExecRequest, type ExecSession, NebError, type TerminalSize } from '@neb/core-types';

/** Runs a command on this machine, as a provider runs it in a container. */
export function localSession({ command, stdin }: ExecRequest, resized: (size: TerminalSize) => void): ExecSession {
  const child = spawn(command[0]!, command.slice(1), { stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => undefined);
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', () => reject(new NebError('not_found', `there is no command "${command[0]}"`)));
    child.once('close', (code, signal) => resolve(code ?? (signal ? 137 : 1)));
  });
  exit.catch(() => undefined);
  return {
    exit,
    output: merged(child.stdout!, child.stderr!),
    write: async (data) => {
      if (child.stdin?.write(data) === false) await once(child.stdin, 'drain');
    },
    closeInput: async () => void child.stdin?.end(),
    resize: async (size) => resized(size),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit.catch(() => undefined);
    },
  };
}

async function* merged(stdout: AsyncIterable<Uint8Array>, stderr: AsyncIterable<Uint8Array>): AsyncGenerator<ExecOutput> {
  const readers = [named('stdout', stdout), named('stderr', stderr)];
  const pending = new Map(readers.map((reader) => [reader, reader.next().then((result) => ({ reader, result }))]));
  while (pending.size > 0) {
    const { reader, result } = await Promise.race(pending.values());
    if (result.done) pending.delete(reader);
    else {
      yield result.value;
      pending.set(reader, reader.next().then((next) => ({ reader, result: next })));
    }
  }
}

async function* named(stream: ExecOutput['stream'], chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ExecOutput> {
  for await (const data of chunks) yield { stream, data };
}

/** A connection to a port of this machine, as `dial` makes one to a container's. */
export async function localConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new NebError('unavailable', `nothing listens on port ${port} in the container`, { cause });
  }
  return {
    readable: socket as AsyncIterable<Uint8Array>,
    write: async (data) => {
      if (!socket.write(data)) await once(socket, 'drain');
    },
    closeWrite: async () => void socket.end(),
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
}
