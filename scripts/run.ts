import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's folder, with no slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

export interface Ran {
  readonly code: number;
  /** What it wrote to standard output and error, in order. */
  readonly output: string;
}

/** Runs a program with no input, waits for its end and never throws for its exit code. `echo` also shows what it writes as it comes. */
export function run(words: readonly [string, ...string[]], options: { readonly cwd?: string; readonly echo?: boolean } = {}): Promise<Ran> {
  const [program, ...rest] = words;
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', PATH: `${root}/node_modules/.bin:${process.env['PATH']}` };
  return new Promise((resolve) => {
    const child = spawn(program, rest, { cwd: options.cwd ?? root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => {
        parts.push(part);
        if (options.echo) process.stdout.write(part);
      });
    child.on('error', (error) => resolve({ code: 127, output: `${program}: ${error.message}` }));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 1 : 0), output: Buffer.concat(parts).toString() }));
  });
}
