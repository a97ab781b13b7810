import { globalAgent } from 'node:http';
import { PassThrough } from 'node:stream';
import { systemClock } from '@neb/core-types';
import { TestRunner } from 'vitest';
import { environment } from '../../src/config.ts';
import { run } from '../../src/run.ts';
import type { Ran } from './command.ts';

export interface InProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | undefined;
  /** Whether a person sits there, who types what is in `stdin`. */
  readonly terminal?: boolean | undefined;
  /** Ends a verb that goes on for ever, as Ctrl-C would, once stdout is like this. */
  readonly until?: ((stdout: string) => boolean) | undefined;
}

/** One command line in this process: the same from its words to its exit code, without the time a process takes to start. Where its test is given up meanwhile, says what it waits for. */
export async function inProcess(args: readonly string[], { env, stdin, terminal, until }: InProcessOptions): Promise<Ran> {
  const interrupt = new AbortController();
  const [out, err] = [new PassThrough(), new PassThrough()];
  let [stdout, stderr] = ['', ''];
  out.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (until?.(stdout)) interrupt.abort(new Error('interrupted'));
  });
  err.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const input = new PassThrough();
  input.end(stdin ?? '');
  if (terminal) for (const stream of [input, err]) Object.assign(stream, { isTTY: true });
  const tell = (): void => console.error(`neb ${args.join(' ')} was still under way.\nIts connections: ${connections()}\nOpen: ${process.getActiveResourcesInfo().join(' ')}\nOn stdout: ${stdout}\nOn stderr: ${stderr}`);
  const givenUp = TestRunner.getCurrentTest()?.context.signal;
  givenUp?.addEventListener('abort', tell);
  try {
    const code = await run(args, { env: environment(env), folder: env['HOME'] ?? '/', clock: systemClock, stdin: input, stdout: out, stderr: err, interrupted: interrupt.signal });
    await new Promise((resolve) => setImmediate(resolve));
    return { code, signal: null, stdout, stderr };
  } finally {
    givenUp?.removeEventListener('abort', tell);
  }
}

/** Where this process waits for an answer, and how far it has come. */
function connections(): string {
  const waiting = Object.entries(globalAgent.sockets).flatMap(([to, sockets = []]) => sockets.map((socket) => `${to} ${socket.readyState}, ${socket.bytesWritten} bytes sent, ${socket.bytesRead} received`));
  return waiting.join('; ') || 'none';
}
