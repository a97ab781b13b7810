import type { Readable } from 'node:stream';
import { type Clock, NebError } from '@neb/core-types';
import { type EngineClient, path } from '../connection/client.ts';
import { execDetail } from '../replies.ts';

/** How long an engine may take to note the end of a command whose output has ended; one may close its output and go on. */
const pauseMs = { first: 5, most: 1_000 };

/** The exit code of a command whose output has ended, once it has ended too. Rejects with `unavailable` where the engine has forgotten it. */
export async function exitCodeOf({ client, clock, signal }: { readonly client: EngineClient; readonly clock: Clock; readonly signal: AbortSignal }, id: string): Promise<number> {
  for (let waitMs = pauseMs.first; ; waitMs = Math.min(waitMs * 2, pauseMs.most)) {
    const { Running, ExitCode } = await client.json(execDetail, { method: 'GET', path: path`/exec/${id}/json`, signal });
    if (!Running && ExitCode !== null && ExitCode !== undefined) return ExitCode;
    if (!Running && waitMs === pauseMs.most) throw new NebError('unavailable', `the Docker Engine at ${client.at} does not tell how the command ended`);
    await clock.sleep(waitMs, signal);
  }
}

/** How much of a command's output may say that it was never started. */
const refusalBytes = 2_048;

/** The first bytes of what the engine sends, whoever else reads it. Call it before anything reads. */
export function firstWords(socket: Readable): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const keep = (chunk: Buffer): void => {
    chunks.push(chunk.subarray(0, refusalBytes - bytes));
    bytes += chunk.length;
    if (bytes >= refusalBytes) socket.off('data', keep);
  };
  socket.on('data', keep);
  return () => Buffer.concat(chunks).toString('utf8');
}

/**
 * 127 for a program that is not there. Docker Engine 20.10 ends with 126 whatever kept a command from starting, and
 * writes why as its output; this can go with the support of engines that do.
 */
export function asInShells(code: number, words: string): number {
  return code === 126 && neverFound.test(words) ? 127 : code;
}

/** As runc and crun put it, after a frame's eight bytes where there is no terminal. */
const neverFound = /^(?:[^]{8})?OCI runtime exec failed: .*(?:exec: ".*": (?:executable file not found|stat .*no such file or directory)|executable file `.*` not found)/;
