import { type Clock, type InstanceRef, isNebError, type LogLine, type LogOptions } from '@neb/core-types';
import type { RunpodClient } from '../client.ts';
import { variables } from '../names.ts';
import type { Pod } from '../replies.ts';
import { isGone, present } from '../translate.ts';
import { exitIn } from '../wrapper.ts';
import type { LogEvent } from './events.ts';
import { openLog } from './open.ts';
import { place, type Place } from './place.ts';
import { backlogRead, quiet, type While, withQuiet } from './quiet.ts';

/** What logs are read with. */
export interface LogSource {
  readonly client: Pick<RunpodClient, 'logs'>;
  readonly clock: Clock;
  /** The pod as it is, or was a moment ago; `undefined` once there is none. */
  look(ref: InstanceRef, signal: AbortSignal | undefined): Promise<Pod | undefined>;
}

/** How often a followed log that says nothing looks whether its pod still runs. */
const watching: While = { firstMs: 5_000, ms: 5_000 };
/** How long a followed log waits for a RunPod that went away. */
const patienceMs = 60_000;
const retryMs = { first: 500, most: 5_000 };
const mostLines = 5_000;
const begin = '1970-01-01T00:00:00Z';

/**
 * What the container wrote, without gap or repeat even where the connection breaks. With `follow` it waits for a pod that
 * has not started and ends with the command. Throws `not_found` where there is no pod, `unavailable` once RunPod stays away too long.
 */
export async function* logs(source: LogSource, ref: InstanceRef, options: LogOptions & { readonly signal?: AbortSignal | undefined }): AsyncGenerator<LogLine> {
  const { follow = false, tail, since, signal } = options;
  signal?.throwIfAborted();
  const pod = present(await source.look(ref, signal), ref);
  const at = { ...source, pod, place: place() };
  // A followed log shows what is there as it comes, unless only the last of it are wanted.
  const past = !follow || tail !== undefined ? await backlog(at, { tail, since, signal }) : { events: [], over: false };
  for (const event of past.events) yield* lineOf(event, pod);
  if (follow && !past.over) yield* live(at, { since, signal });
}

interface Reading extends LogSource {
  readonly pod: Pod;
  readonly place: Place;
}

interface Span {
  readonly since?: string | undefined;
  readonly tail?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is there already, and whether the command's end is in it. */
async function backlog({ client, clock, pod, place }: Omit<Reading, 'look'>, { tail, since, signal }: Span): Promise<{ readonly events: readonly LogEvent[]; readonly over: boolean }> {
  // One more than asked for, since the last may be ours and no line of the command's.
  const query = since === undefined && tail !== undefined ? { tail: Math.min(tail + 1, mostLines) } : { since: since ?? begin };
  const found: LogEvent[] = [];
  const log = await openLog(client, pod.id, { query: { source: 'container', ...query }, signal });
  for await (const event of withQuiet(log, backlogRead, clock)) {
    if (event === quiet) break;
    if (place.passes(event)) found.push(event);
    if ('tail' in query && found.length >= query.tail) break;
  }
  signal?.throwIfAborted();
  const written = found.filter(({ line }) => exitOf(line, pod)?.before !== '');
  return { events: tail === undefined ? written : tail === 0 ? [] : written.slice(-tail), over: found.some(({ line }) => exitOf(line, pod)) };
}

/** What comes until the command has ended, from where the place is on. */
async function* live({ client, clock, look, pod, place }: Reading, { since, signal }: Span): AsyncGenerator<LogLine> {
  let awaySince: number | undefined;
  let waitMs = retryMs.first;
  for (let over = false; ; ) {
    try {
      const log = await openLog(client, pod.id, { query: { source: 'container', since: since ?? begin }, lastEventId: place.cursor(), signal });
      for await (const event of withQuiet(log, over ? backlogRead : watching, clock)) {
        awaySince = undefined;
        waitMs = retryMs.first;
        if (event === quiet) {
          if (over) return;
          over = await isOver(look, pod, signal);
          if (over) break;
        } else if (place.passes(event)) {
          yield* lineOf(event, pod);
          if (exitOf(event.line, pod)) return;
        }
      }
      signal?.throwIfAborted();
      if (!over) over = await isOver(look, pod, signal);
      else return;
    } catch (error) {
      signal?.throwIfAborted();
      if (isNebError(error, 'not_found')) {
        if (over || (await isOver(look, pod, signal))) return;
      } else {
        awaySince ??= clock.now();
        if (!isNebError(error, 'unavailable') || clock.now() - awaySince > patienceMs) throw error;
      }
    }
    await clock.sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 2, retryMs.most);
    signal?.throwIfAborted();
  }
}

async function isOver(look: LogSource['look'], { id }: Pod, signal: AbortSignal | undefined): Promise<boolean> {
  const pod = await look(id as InstanceRef, signal);
  return !pod || isGone(pod) || pod.status === 'EXITED' || pod.status === 'ERROR';
}

function* lineOf({ ts, line }: LogEvent, pod: Pod): Generator<LogLine> {
  const text = exitOf(line, pod)?.before ?? line;
  if (text !== '' || line === '') yield { at: ts, stream: 'stdout', text };
}

function exitOf(line: string, { env }: Pod) {
  return exitIn(line, { key: env[variables.key] ?? '' });
}
