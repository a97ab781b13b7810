import type { ServerResponse } from 'node:http';
import type { LogEvent } from './log.ts';
import type { Pod } from './pod.ts';
import { Problem } from './problem.ts';
import type { Asked } from './routes.ts';

/** Sends a pod's log as server-sent events: what is there, then what comes, until the reader leaves or the pod is gone. A stopped pod's stays open. */
export function streamLog(response: ServerResponse, { log }: Pod, { query, headers }: Asked): void {
  const tail = Number(query.get('tail') ?? 100);
  if (!Number.isInteger(tail) || tail < 0 || tail > 5_000) throw new Problem(422, 'Request validation failed.', { errors: ['tail: must be 0 to 5000'] });
  const source = query.get('source') ?? undefined;
  const cursor = headers['last-event-id'];
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const send = ({ id, ...data }: LogEvent): void => void response.write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  for (const event of log.past({ source, tail, since: query.get('since') ?? undefined, lastEventId: typeof cursor === 'string' ? cursor : undefined })) send(event);
  const silence = log.listen((event) => {
    if (event === undefined) response.end();
    else if (source === undefined || event.source === source) send(event);
  });
  response.on('close', silence);
}
