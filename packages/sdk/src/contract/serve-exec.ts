import type { ExecRequest, ExecSession } from '@neb/core-types';
import { z } from 'zod';
import { controlFrame, execFrame, readExecFrame } from '../wire/frames.ts';
import { type Frame, type FrameSocket, pieces, type RawSocket } from '../wire/socket.ts';
import { invalidInput } from './refusal.ts';
import { aborted, serveSession, type ServeSocketOptions } from './serve-session.ts';

/** Starts the command that the client's first frame asks for. */
export type StartExec = (request: ExecRequest, signal: AbortSignal) => Promise<ExecSession>;

/**
 * Runs one command for the client behind `socket`: resolves when the command has ended, or the client has gone and
 * the session is disposed of. Never rejects: what goes wrong, the client is told.
 */
export function serveExec(socket: RawSocket, start: StartExec, options: ServeSocketOptions = {}): Promise<void> {
  return serveSession(socket, {
    failed: (error) => controlFrame({ do: 'error', error }),
    run: async (frames, signal) => {
      const incoming = frames.frames[Symbol.asyncIterator]();
      const first = await Promise.race([incoming.next(), aborted(signal)]);
      if (first.done) return;
      await using session = await start(startOf(first.value), signal);
      await frames.send(controlFrame({ do: 'started' }));
      const input = pumpInput(incoming, session);
      await Promise.race([pumpOutput(frames, session, signal), aborted(signal), input.then(() => aborted(signal))]);
    },
  }, options);
}

async function pumpOutput(socket: FrameSocket, session: ExecSession, signal: AbortSignal): Promise<void> {
  for await (const { stream, data } of session.output) {
    for (const piece of pieces(data)) await socket.send(execFrame(stream, piece));
  }
  const code = await session.exit;
  // One that was ended from here did not end with a code of its own.
  if (!signal.aborted) await socket.send(controlFrame({ do: 'exit', code }));
}

async function pumpInput(incoming: AsyncIterator<Frame>, session: ExecSession): Promise<void> {
  let writable = true;
  for (let next = await incoming.next(); !next.done; next = await incoming.next()) {
    const frame = readExecFrame(next.value);
    if (frame.channel === 'stdin') {
      // A command may end, or close its input, before it has read all of it, as `head` does.
      if (writable) await session.write(frame.data).catch(() => (writable = false));
    } else if (frame.channel === 'control') {
      const control = inputControl.safeParse(frame.json);
      if (!control.success) throw invalidInput(control.error);
      if (control.data.do === 'resize') await session.resize(control.data.size).catch(() => undefined);
      else await session.closeInput().catch(() => undefined);
    }
  }
}

function startOf(first: Frame): ExecRequest {
  const frame = readExecFrame(first);
  const control = startControl.safeParse(frame.channel === 'control' ? frame.json : undefined);
  if (!control.success) throw invalidInput(control.error);
  return control.data.request;
}

const size = z.object({ rows: z.int().min(1).max(10_000), cols: z.int().min(1).max(10_000) });
const startControl = z.object({
  do: z.literal('start', { error: 'an exec session begins with a control frame {"do":"start","request":{"command":["sh"]}}' }),
  request: z.object({ command: z.array(z.string()).min(1), stdin: z.boolean().optional(), tty: size.optional() }),
});
const inputControl = z.union([z.object({ do: z.literal('resize'), size }), z.object({ do: z.literal('eof') })]);
