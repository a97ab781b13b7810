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
