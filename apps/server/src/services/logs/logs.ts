import { type Clock, endedWords, isNebError, type LogLine, NebError } from '@neb/core-types';
import type { Resource, SecretReader } from '@neb/scheduler';
import type { LogEntry, LogsInput } from '@neb/sdk/contract';
import { titleOf } from '../views.ts';
import { sentenceOf } from '../sentence.ts';
import { logMask } from './masking.ts';
import { advance, formatPosition, from, parsePosition, type Position } from './position.ts';
import { keptLines, liveLines, type LogSource, mayBeLive } from './read.ts';

export interface LogsOptions extends LogSource {
  readonly clock: Clock;
  readonly secrets: SecretReader;
}

/**
 * A container's log, over its attempts while it is followed, and to the end of the last one. Each line once: whoever goes
 * on after an entry's position gets what follows it, whatever was restarted meanwhile. Values of its secrets are `***`.
 */
export async function* containerLogs(options: LogsOptions, request: { readonly container: Resource<'Container'>; readonly input: LogsInput; readonly signal: AbortSignal }): AsyncGenerator<LogEntry> {
  const { input, signal } = request;
  const { follow } = input;
  const resumed = input.after === undefined ? undefined : parsePosition(input.after);
  const state = { container: request.container, cursor: await options.store.cursor(), position: resumed, given: 0, cutOff: false };
  // The feed position was taken after this object was read.
  state.container = (await options.store.get('Container', state.container.id)) ?? state.container;
  const mask = logMask(options);
  let limits: Pick<LogsInput, 'tail' | 'since'> = resumed ? {} : { tail: input.tail, since: input.since };

  while (!signal.aborted) {
    state.position ??= first(state.container, input);
    if (state.position) {
      const before = state.position;
      yield* attemptLines({ ...limits, follow });
      // A tail is of what was there when it was asked for.
      if (state.position !== before || !follow) limits = { ...limits, tail: undefined };
    } else if (!follow) {
      throw notStarted(state.container);
    }
    if (!follow || !(await goOn())) return;
  }

  async function* attemptLines(how: { readonly tail?: number | undefined; readonly since?: string | undefined; readonly follow?: boolean | undefined }): AsyncGenerator<LogEntry> {
    const { container } = state;
    const base = (): Position => state.position!;
    await mask.learn(container, base().attempt);
    const hadLive = mayBeLive(container, base().attempt);
    const beforeLive = state.given;
    let failure: NebError | undefined;
    state.cutOff = false;
    try {
      for await (const line of liveLines(options, { ...how, container, position: base(), signal })) yield entry(line);
    } catch (error) {
      if (!isNebError(error) || !error.retryable) throw error;
      failure = error;
    }
    if (signal.aborted) return;
    if (failure !== undefined && follow) {
      state.cutOff = true;
      return await options.clock.sleep(retryMs, signal);
    }
    const started = state.given > beforeLive;
    const kept = await keptLines(options, { ...(started ? {} : how), container, position: base(), signal });
    // An instance on its way out may refuse its log, which is kept by then.
    if (failure !== undefined && !kept) throw failure;
    for (const line of kept ?? []) yield entry(line);
    if (!kept && !hadLive && base() === resumed) throw forgotten(container, base().attempt);
    if (!follow && state.given === 0 && !kept?.length) refuseSilence(container, { attempt: base().attempt, gone: !kept && !hadLive });
  }

  function entry(line: LogLine): LogEntry {
    // What a tail or a time left out is not missed by whoever comes back.
    if (state.given === 0 && !resumed && (input.tail !== undefined || input.since !== undefined)) state.position = from(state.position!, line.at);
    state.position = advance(state.position!, line);
    state.given++;
    return { ...mask.line(line), attempt: state.position.attempt, position: formatPosition(state.position) };
  }

  /** Whether there may be more: looks again at once where the object is newer than what was read, else when it changes. */
  async function goOn(): Promise<boolean> {
    for (;;) {
      if (signal.aborted) return false;
      const now = await options.store.get('Container', state.container.id);
      if (!now) return false;
      const news = now.version !== state.container.version;
      state.container = now;
      const latest = now.status.attempt?.number ?? 0;
      const attempt = state.position?.attempt ?? 0;
      if (attempt > 0 && latest > attempt) {
        state.position = { attempt: attempt + 1, marks: {} };
        return true;
      }
      if (state.cutOff || (news && latest > 0)) return true;
      if (isOver(now) && now.finalizers.length === 0) return false;
      if (!(await changed())) return false;
    }
  }

  /** Resolves when the object has changed since `state.cursor`; false when nobody waits any more. */
  async function changed(): Promise<boolean> {
    for await (const { id, cursor } of options.store.changes({ after: state.cursor, signal })) {
      state.cursor = cursor;
      if (id === state.container.id) return true;
    }
    return false;
  }
}

const retryMs = 1_000;

function first({ status, kind, namespace, name }: Resource<'Container'>, { previous }: LogsInput): Position | undefined {
  const latest = status.attempt?.number ?? 0;
  if (!previous) return latest === 0 ? undefined : { attempt: latest, marks: {} };
  if (latest > 1) return { attempt: latest - 1, marks: {} };
  throw new NebError('not_found', `${titleOf({ kind, namespace, name })} was started once only, so there is no log of an earlier run`);
}

function isOver({ status, goneAt }: Resource<'Container'>): boolean {
  return goneAt !== undefined || endedWords.includes(status.status);
}

function notStarted(container: Resource<'Container'>): NebError {
  return new NebError('conflict', `${sentenceOf(container)}, so there is no log yet`, { hint: '`neb logs -f` waits for it.' });
}

/** Nothing to show is the truth for a container that says nothing; else its reader is told why. */
function refuseSilence(container: Resource<'Container'>, { attempt, gone }: { readonly attempt: number; readonly gone: boolean }): void {
  const { status } = container;
  const ran = status.attempt?.number !== attempt || status.attempt.started_at !== undefined;
  if (!ran && isOver(container)) throw new NebError('conflict', `${sentenceOf(container)}: it never ran, so there is no log`);
  if (!ran) throw notStarted(container);
  if (gone) throw forgotten(container, attempt);
}

function forgotten(container: Resource<'Container'>, attempt: number): NebError {
  return new NebError('expired', `the log of run ${attempt} of ${titleOf(container)} is no longer kept`, { hint: 'NEB_RETENTION says how long logs are kept.' });
}
