import { messageOf, NebError } from '@neb/core-types';
import type { LogQuery, RunpodClient } from '../client.ts';
import { type LogEvent, logEvents } from './events.ts';

/** A log stream that RunPod has opened. */
export interface OpenLog {
  /** Rejects with `unavailable` where the connection breaks. */
  readonly events: AsyncIterable<LogEvent>;
  /** Closes the connection, also while an event is waited for. */
  leave(): void;
}

/** Where a stream begins. */
export interface LogSpan {
  readonly query: LogQuery;
  /** Wins over the query. */
  readonly lastEventId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a pod's log stream. */
export async function openLog(client: Pick<RunpodClient, 'logs'>, podId: string, { query, lastEventId, signal }: LogSpan): Promise<OpenLog> {
  const leave = new AbortController();
  const until = signal ? AbortSignal.any([signal, leave.signal]) : leave.signal;
  const body = await client.logs(podId, query, { lastEventId, signal: until });
  return { events: named(logEvents(body), podId, signal), leave: () => leave.abort() };
}

async function* named(events: AsyncIterable<LogEvent>, podId: string, signal: AbortSignal | undefined): AsyncGenerator<LogEvent> {
  try {
    yield* events;
  } catch (error) {
    signal?.throwIfAborted();
    throw new NebError('unavailable', `the log of pod ${podId} broke off: ${messageOf(error)}`, { cause: error });
  }
}
