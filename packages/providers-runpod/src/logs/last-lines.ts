import type { Clock } from '@neb/core-types';
import type { RunpodClient } from '../client.ts';
import { logEvents } from './events.ts';
import { quiet, withQuiet } from './quiet.ts';

/** Which lines of which pod. */
export interface LastLines {
  readonly source: 'container' | 'system';
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/** RunPod's streams never end: what is there has been read once nothing more came for this long. */
export const quietMs = 1_000;

/** The last lines that a pod wrote, or that RunPod wrote of it. */
export async function lastLines({ client, clock }: { readonly client: Pick<RunpodClient, 'logs'>; readonly clock: Clock }, podId: string, { source, count, signal }: LastLines): Promise<readonly string[]> {
  const leave = new AbortController();
  const until = signal ? AbortSignal.any([signal, leave.signal]) : leave.signal;
  const lines: string[] = [];
  try {
    for await (const event of withQuiet(logEvents(await client.logs(podId, { source, tail: count }, { signal: until })), quietMs, clock)) {
      if (event === quiet || lines.push(event.line) >= count) break;
    }
    return lines;
  } finally {
    leave.abort();
  }
}
