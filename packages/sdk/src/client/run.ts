import type { Call, ExecRequest, ExecSession } from '@neb/core-types';

export interface RunOptions extends Call {
  /** What the command reads; nothing by default. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and keeps all it writes. */
export async function run(exec: (request: ExecRequest, call?: Call) => Promise<ExecSession>, command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { stdin, signal } = options;
  await using session = await exec({ command, ...(stdin !== undefined && { stdin: true }) }, { signal });
  // A command need not read what it was given; what is left of it is nobody's loss.
  if (stdin !== undefined) void feed(session, stdin).catch(() => undefined);
  const [out, err] = [new TextDecoder(), new TextDecoder()];
  let [stdout, stderr] = ['', ''];
  for await (const { stream, data } of session.output) {
    if (stream === 'stdout') stdout += out.decode(data, { stream: true });
    else stderr += err.decode(data, { stream: true });
  }
  const exitCode = await session.exit;
  return { exitCode, stdout: stdout + out.decode(), stderr: stderr + err.decode() };
}

async function feed(session: ExecSession, stdin: NonNullable<RunOptions['stdin']>): Promise<void> {
  if (typeof stdin === 'string') await session.write(new TextEncoder().encode(stdin));
  else if (stdin instanceof Uint8Array) await session.write(stdin);
  else for await (const data of stdin) await session.write(data);
  await session.closeInput();
}
