import { instant, isNebError } from '@neb/core-types';
import { z } from 'zod';
import type { LogEntry } from '../services.ts';
import { lasting } from '../while-good.ts';
import { refOf, type RestCall, type Route, route } from './route.ts';

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
  for await (const line of lines) {
    const piece = JSON.stringify(lineOf(line, timestamps)).slice(1, -1);
    yield opened ? piece : `"${piece}`;
    opened = true;
  }
  yield opened ? '"' : '""';
}

const replicaLogQuery = logQuery.omit({ previous: true }).extend({ tail: z.coerce.number().int().min(0).optional().describe('Only the last so many lines of each; 1,000 if absent.') });

/** The logs of a processor's workers by their containers' names, as the original answered; `{error}` for one that has none to give. */
export function processorLogs(path: string): Route {
  return replicaLogs({ path, tag: 'processors', summary: 'The logs of a processor\'s workers, by their names.' }, (call) => call.context.services.processors.explain(call.who, refOf(call)));
}

/** The same of a service's replicas. */
export function serviceLogs(path: string): Route {
  return replicaLogs({ path, tag: 'services', summary: 'The logs of a service\'s replicas, by their names.' }, (call) => call.context.services.services.explain(call.who, refOf(call)));
}

interface ReplicaLogs {
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
}

function replicaLogs({ path, ...facts }: ReplicaLogs, explain: (call: RestCall) => Promise<{ readonly replicas: readonly { readonly name: string; readonly id: string }[] }>): Route {
  return {
    ...route({
      method: 'GET', path: `${path}/logs`, ...facts, query: replicaLogQuery,
      answers: z.record(z.string(), z.union([z.string(), z.object({ error: z.string() })])),
      json: async (call) => {
        const { replicas } = await explain(call);
        return Object.fromEntries(await Promise.all(replicas.map(async ({ name, id }) => [name, await replicaLog(call, id)] as const)));
      },
    }),
    streams: true,
  };
}

async function replicaLog({ who, context, query: { tail = 1_000, since, timestamps }, signal }: RestCall<z.output<typeof replicaLogQuery>>, id: string): Promise<string | { readonly error: string }> {
  let text = '';
  try {
    for await (const line of lasting(signal, context.services.containers.logs(who, { ref: { id }, tail, since }, signal))) text += lineOf(line, timestamps === true);
    return text;
  } catch (error) {
    if (!isNebError(error) || signal.aborted) throw error;
    return { error: error.message };
  }
}

function lineOf({ at, text }: LogEntry, timestamps: boolean): string {
  return `${timestamps ? `${at} ` : ''}${text}\n`;
}
