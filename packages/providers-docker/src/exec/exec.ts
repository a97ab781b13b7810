import { PassThrough } from 'node:stream';
import { type ExecOutput, type ExecRequest, type ExecSession, isNebError, NebError } from '@neb/core-types';
import { writeAll } from '@neb/ssh';
import { type EngineClient, path } from '../connection/client.ts';
import type { Located } from '../engine.ts';
import { unreachable } from '../errors.ts';
import { frames } from '../frames.ts';
import { execCreated } from '../replies.ts';
import { asInShells, exitCodeOf, firstWords } from './exit-code.ts';
import { hangUp, markFor } from './hang-up.ts';
import { resizing } from './resize.ts';

/** How much output waits for its reader before the command has to; the end of less is seen without a reader. */
const readAheadBytes = 1 << 20;

/**
 * Runs a command in a container. Closing the session before the command has ended hangs up on it and what it
 * started, where the container has a shell to do that with; elsewhere the command is left alone.
 */
export async function exec({ engine, name }: Located, request: ExecRequest, signal?: AbortSignal): Promise<ExecSession> {
  const { client, clock } = engine;
  const { command, stdin = false, tty } = request;
  if (command.length === 0) throw new NebError('invalid', 'no command to run was given');
  const mark = markFor();
  // ConsoleSize: from Engine 23 on the command finds its size from its first moment.
  const terminal = { Tty: tty !== undefined, ...(tty && { ConsoleSize: [tty.rows, tty.cols] }) };
  const body = { AttachStdin: stdin, AttachStdout: true, AttachStderr: true, ...terminal, Cmd: command, Env: [mark] };
  const { Id } = await client.json(execCreated, { method: 'POST', path: path`/containers/${name}/exec`, body, signal }).catch((error: unknown) => {
    throw cannotExec(client, name, error);
  });
  const socket = await client.upgrade({ method: 'POST', path: path`/exec/${Id}/start`, body: { Detach: false, ...terminal }, signal });
  const output = new PassThrough({ highWaterMark: readAheadBytes });
  socket.on('error', (error) => output.destroy(unreachable(client.at, error)));
  const said = firstWords(socket);
  socket.pipe(output);

  let ended = false;
  const closed = new AbortController();
  const exit = new Promise<void>((resolve, reject) => {
    socket.once('end', resolve);
    output.once('error', reject);
    socket.once('close', resolve);
  }).then(async () => asInShells(await exitCodeOf({ client, clock, signal: closed.signal }, Id), said())).finally(() => {
    ended = true;
    socket.destroy();
  });
  exit.catch(() => {}); // Told to those who ask for it.

  const resize = resizing({ client, clock, ended: () => ended }, Id);
  if (tty) void resize(tty).catch(() => {}); // Not worth failing for: the terminal's owner resizes again.

  return {
    write: async (data) => {
      if (!stdin) throw new NebError('invalid', 'the command was started without stdin');
      await writeAll(socket, data);
    },
    closeInput: async () => void socket.end(),
    output: outputOf(output, tty !== undefined),
    exit,
    resize,
    async [Symbol.asyncDispose]() {
      const over = ended || socket.readableEnded;
      closed.abort(new NebError('unavailable', 'the session was closed before the command ended'));
      socket.destroy();
      output.destroy();
      if (!over) await hangUp(client, name, mark);
    },
  };
}

async function* outputOf(output: PassThrough, raw: boolean): AsyncGenerator<ExecOutput> {
  if (raw) {
    for await (const data of output) yield { stream: 'stdout', data: data as Uint8Array };
    return;
  }
  for await (const { stream, data } of frames(output)) if (data.length > 0) yield { stream, data };
}

function cannotExec({ at }: EngineClient, name: string, error: unknown): unknown {
  if (isNebError(error, 'not_found')) return new NebError('not_found', `there is no container ${name} at ${at}`, { cause: error });
  if (isNebError(error, 'conflict')) return new NebError('conflict', `container ${name} is not running, so no command can run in it`, { cause: error });
  return error;
}
