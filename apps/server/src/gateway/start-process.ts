import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { NebError } from '@neb/core-types';
import { beside } from './beside.ts';
import type { GatewaySettings } from './messages.ts';
import { started } from './started.ts';

const logBytes = 1_000_000;

/** Starts the first process of a gateway; it takes connections at its socket when this resolves. Throws `unavailable` where it does not come so far. */
export async function startGatewayProcess(settings: GatewaySettings): Promise<void> {
  const logFile = join(settings.folder, 'log');
  const size = await stat(logFile).then((facts) => facts.size, () => 0);
  const log = await open(logFile, size > logBytes ? 'w' : 'a', 0o600);
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions='));
  let child: ChildProcess;
  try {
    // In a session of its own, so that what ends us does not end it; the fourth channel tells when it is there.
    child = spawn(process.execPath, [...conditions, fileURLToPath(beside(import.meta.url, 'process')), JSON.stringify(settings)], {
      cwd: settings.folder, detached: true, stdio: ['ignore', log.fd, log.fd, 'pipe'],
    });
  } finally {
    await log.close();
  }
  child.unref();
  const ready = child.stdio[3] as Readable;
  const said = await Promise.race([once(ready, 'data').then(([text]) => String(text)), once(child, 'exit').then(() => undefined)]);
  ready.destroy();
  if (said === started) return;
  if (said !== undefined) throw new NebError('unavailable', said);
  const text = await readFile(logFile, 'utf8').catch(() => '');
  throw new NebError('unavailable', `the gateway ended as it began: ${text.trim().split('\n').at(-1) ?? ''}`, { hint: `Its log is ${logFile}.` });
}
