import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { type Clock, errorCodes, type ErrorCode, NebError, timestamp } from '@neb/core-types';
import type { Session } from '../session.ts';
import { dropState, isServer, localFiles, readState, type ServerState, writeState } from './server-state.ts';

export interface StartOptions {
  readonly host: string;
  readonly port: number;
  readonly deadlineMs: number;
}

export interface Started {
  readonly state: ServerState;
  /** False where it ran before. */
  readonly fresh: boolean;
}

/**
 * Starts a server in the background, or finds the one that runs; resolves once it is ready. Throws what kept it from that,
 * with the end of its log.
 */
export async function startLocal({ world, note }: Session, { host, port, deadlineMs }: StartOptions): Promise<Started> {
  const { env, clock } = world;
  const files = localFiles(env);
  const before = await readState(env);
  if (before && (await isServer(before.pid))) {
    await ready(before.url, { clock, deadlineMs });
    return { state: before, fresh: false };
  }
  await dropState(env);
  mkdirSync(env.dataDir, { recursive: true, mode: 0o700 });
  if (env.caFile !== undefined) await (await import('../authority.ts')).trustAuthority(env.caFile);
  const url = `${env.all.NEB_TLS_CERT ? 'https' : 'http'}://${host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
  if (await answers(url)) throw new NebError('conflict', `a server that neb up did not start answers at ${url}`, { hint: 'Stop it, or choose another port: neb up --port 3001' });

  note(`Starting a server; its log is ${files.log}`);
  const log = openSync(files.log, 'a', 0o600);
  const from = readFileSync(files.log).length;
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, 'serve', '--host', host, '--port', String(port)], {
    detached: true, stdio: ['ignore', log, log], cwd: '/', env: { ...env.all, NEB_DATA_DIR: env.dataDir },
  });
  closeSync(log);
  // Kept before it is ready: a Ctrl-C now must not leave a server that nobody knows of.
  const state = { pid: child.pid ?? 0, url, started_at: timestamp(clock.now()) };
  if (child.pid !== undefined) writeState(env, state);
  try {
    await ready(url, { clock, deadlineMs, child });
  } catch (error) {
    await dropState(env);
    if (child.exitCode === null) child.kill('SIGTERM');
    throw explained(error as NebError, readFileSync(files.log).subarray(from).toString('utf8'), files.log);
  }
  child.unref();
  return { state, fresh: true };
}

interface ReadyOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly child?: ChildProcess;
}

async function ready(url: string, { clock, deadlineMs, child }: ReadyOptions): Promise<void> {
  const ended = new AbortController();
  let failed: Error | undefined;
  child?.once('exit', () => ended.abort());
  child?.once('error', (error) => {
    failed = error;
    ended.abort();
  });
  const deadline = clock.now() + deadlineMs;
  while (clock.now() < deadline && !ended.signal.aborted) {
    if (await answers(`${url}/readyz`)) return;
    await clock.sleep(50, ended.signal);
  }
  if (failed) throw new NebError('internal', `the server could not be started: ${failed.message}`, { cause: failed });
  if (ended.signal.aborted) throw new NebError(codeOfExit(child?.exitCode), 'the server ended while it started');
  throw new NebError('timeout', `the server was not ready within ${deadlineMs / 1_000} s`);
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.ok || !url.endsWith('/readyz'), () => false);
}

/** The server exits with the code of what was in its way. */
function codeOfExit(exit: number | null | undefined): ErrorCode {
  const codes = Object.entries(errorCodes).filter(([code, facts]) => facts.exit === exit && code !== 'unsupported' && code !== 'failed');
  return (codes[0]?.[0] as ErrorCode | undefined) ?? 'internal';
}

function explained(error: NebError, log: string, file: string): NebError {
  const lines = log.trimEnd().split('\n').slice(-8).filter((line) => line !== '');
  return new NebError(error.code, [error.message, ...lines.map((line) => `  ${line}`)].join('\n'), { cause: error, hint: `Its whole log is ${file}.` });
}
