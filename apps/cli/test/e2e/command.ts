import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const app = resolve(import.meta.dirname, '../..');

/** The command as it is shipped, built into a folder of its own; it finds its packages as the source does. */
export async function builtCommand(): Promise<{ readonly main: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(app, 'node_modules/.test-build-'));
  await promisify(execFile)(process.execPath, [resolve(app, '../../node_modules/tsup/dist/cli-default.js'), '--out-dir', folder, '--silent'], { cwd: app });
  return { main: join(folder, 'main.js'), [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

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

/** The neb command as a process of its own, in a home folder of its own. */
export interface Command {
  /** Runs it to its end. */
  (args: readonly string[], options?: RunOptions): Promise<Ran>;
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandOptions {
  readonly main: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export function command({ main, home, env: more }: CommandOptions): Command {
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
  return Object.assign(call, { env });
}
