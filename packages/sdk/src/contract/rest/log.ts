import { instant } from '@neb/core-types';
import { z } from 'zod';
import type { LogEntry } from '../services.ts';
import { refOf, type Route } from './route.ts';

const flag = z.stringbool().optional();
const logQuery = z.object({
  tail: z.coerce.number().int().min(0).optional().describe('Only the last so many lines.'),
  since: instant.optional().describe('Only lines after this time.'),
  previous: flag.describe('Of the attempt before the latest.'),
  timestamps: flag.describe('Begin each line with its time.'),
});

/** A container's log as one JSON string, as the original answered; written as it is read, whatever its length. */
export function containerLog(path: string): Route {
  return {
    method: 'GET', path: `${path}/logs`, tag: 'containers', summary: 'A container\'s log as one JSON string.', open: false, streams: true, query: logQuery, body: undefined, documents: undefined, answers: z.string(),
    run: async (call) => {
      const { timestamps, ...options } = call.query as z.output<typeof logQuery>;
      const lines = call.context.services.containers.logs(call.who, { ...options, ref: refOf(call) }, call.signal);
      return { kind: 'stream', type: 'application/json', body: jsonString(lines, timestamps === true) };
    },
  };
}

async function* jsonString(lines: AsyncIterable<LogEntry>, timestamps: boolean): AsyncGenerator<string> {
  let opened = false;
  for await (const { at, text } of lines) {
    const piece = JSON.stringify(`${timestamps ? `${at} ` : ''}${text}\n`).slice(1, -1);
    yield opened ? piece : `"${piece}`;
    opened = true;
  }
  yield opened ? '"' : '""';
}
