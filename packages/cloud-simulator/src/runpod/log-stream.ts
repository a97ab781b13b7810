import type { LogEvent } from './log.ts';
import type { Pod } from './pod.ts';
import type { Asked } from './routes.ts';

/** Where a stream goes. */
export interface Sink {
  send(text: string): void;
  end(): void;
}

export const streamHeaders = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' } as const;

/**
 * Sends a pod's log as server-sent events: what is there, then what comes, until the pod is gone. A stopped pod's stream stays
 * open. Returns what ends it sooner.
 */
export function streamLog({ log }: Pod, { query, headers }: Asked, { send, end }: Sink): () => void {
  const source = query.get('source') ?? undefined;
  const cursor = headers['last-event-id'];
  const write = ({ id, ...data }: LogEvent): void => send(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  const request = { source, tail: Number(query.get('tail') ?? 100), since: query.get('since') ?? undefined, lastEventId: typeof cursor === 'string' ? cursor : undefined };
  for (const event of log.past(request)) write(event);
  return log.listen((event) => {
    if (event === undefined) end();
    else if (source === undefined || event.source === source) write(event);
  });
}
