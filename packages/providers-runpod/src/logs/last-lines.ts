import type { Clock } from '@neb/core-types';
import type { RunpodClient } from '../client.ts';
import { openLog } from './open.ts';
import { backlogRead, quiet, withQuiet } from './quiet.ts';

/** What lines are read with. */
export interface LineSource {
  readonly client: Pick<RunpodClient, 'logs'>;
  readonly clock: Clock;
}

/** Which lines: the container's, or RunPod's own about it. */
export interface LastLines {
  readonly source: 'container' | 'system';
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/** The last lines of a pod's log. */
export async function lastLines({ client, clock }: LineSource, podId: string, { source, count, signal }: LastLines): Promise<readonly string[]> {
  const lines: string[] = [];
  const log = await openLog(client, podId, { query: { source, tail: count }, signal });
  for await (const event of withQuiet(log, backlogRead, clock)) {
    if (event === quiet || lines.push(event.line) >= count) break;
  }
  return lines;
}
