import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const main = resolve(import.meta.dirname, '../../src/main.ts');

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Told of what comes on stdout, as it comes. */
  readonly onOutput?: ((all: string, child: { kill(signal: NodeJS.Signals): void }) => void) | undefined;
}

/** The neb command as a process of its own, from source, in a home folder of its own. */
export interface Command {
  /** Runs it to its end. */
  (args: readonly string[], options?: RunOptions): Promise<Ran>;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

export function command(home: string, more: Readonly<Record<string, string>> = {}): Command {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...more };
  const call = (args: readonly string[], { stdin, env: also, cwd, onOutput }: RunOptions = {}): Promise<Ran> =>
    new Promise((done, fail) => {
      const child = spawn(process.execPath, [main, ...args], { env: { ...env, ...also }, cwd: cwd ?? home, stdio: ['pipe', 'pipe', 'pipe'] });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        onOutput?.(stdout, child);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', fail);
      child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
      child.stdin.on('error', () => undefined).end(stdin ?? '');
    });
  return Object.assign(call, { home, env });
}

/** How a shell starts the command, for terminals of tests. */
export const shellLine = (args: string): string => `${process.execPath} ${join(main)} ${args}`;
