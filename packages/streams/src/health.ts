import { type Clock, NebError, newId, type Random, type StreamGroup, timestamp } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { parsed } from './envelope.ts';
import { keysOf } from './keys.ts';
import type { Reader } from './reader.ts';

/** How a worker says it is. */
export interface Health {
  readonly status: string;
  readonly message?: string | undefined;
  readonly details?: unknown;
}

export interface HealthOptions {
  /** How long to wait for the answer; 30,000 if absent. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Asking extends HealthOptions {
  readonly redis: Redis;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly random: Random;
}

const answer = z.looseObject({ status: z.string(), message: z.string().nullish(), details: z.unknown().optional() });
/** Requests nobody took are not worth more. */
const mostRequests = 100;

/** Asks one of the workers, whichever takes it first. Throws `timeout` where none answers. */
export async function askHealth(of: StreamGroup, { redis, reader, clock, random, timeoutMs = 30_000, signal }: Asking): Promise<Health> {
  const keys = keysOf(of);
  const id = newId(random) + newId(random);
  const back = keys.healthAnswer(id);
  const content = { type: 'HEALTH_CHECK_REQUEST', request_id: id, timestamp: timestamp(clock.now()) };
  const data = JSON.stringify({ kind: 'HealthCheckRequest', id, content, created_at: Math.floor(clock.now() / 1_000), return_stream: back, adapter: `processor-health:${of.group}` });
  signal?.throwIfAborted();
  const timer = new AbortController();
  let stop = (): void => undefined;
  const came = new Promise<string>((resolve) => {
    stop = reader.follow({ stream: back, after: '0-0', got: (entries) => entries.forEach(({ fields }) => fields.has('data') && resolve(fields.get('data')!)) });
  });
  const aborted = new Promise<undefined>((resolve) => signal?.addEventListener('abort', () => resolve(undefined), { once: true, signal: timer.signal }));
  try {
    await redis.multi().xadd(back, 'MAXLEN', 0, '*', 'init', '').pexpire(back, 2 * timeoutMs).xadd(keys.health, 'MAXLEN', '~', mostRequests, '*', 'data', data).exec();
    const said = await Promise.race([came, aborted, clock.sleep(timeoutMs, timer.signal).then(() => undefined)]);
    signal?.throwIfAborted();
    if (said === undefined) throw new NebError('timeout', `no worker of ${of.stream} said within ${timeoutMs} ms how it is`, { hint: 'See that a worker runs, and read its logs.' });
    const read = answer.safeParse(parsed(said));
    return read.success ? { status: read.data.status, ...(read.data.message != null && { message: read.data.message }), ...(read.data.details != null && { details: read.data.details }) } : { status: 'error', message: `an answer that is none: ${said.slice(0, 200)}` };
  } finally {
    stop();
    timer.abort();
    await redis.unlink(back).catch(() => undefined);
  }
}
