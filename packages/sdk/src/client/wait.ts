import type { Container, ContainerWord } from '@neb/core-types';
import { isNebError, NebError } from '@neb/core-types/errors';
import type { Ref, Watched } from '../contract/services.ts';
import type { ObjectCalls } from './objects.ts';

/** What a container is waited for to be; `ended` is any end. */
export type WaitFor = 'ready' | 'running' | 'ended' | 'deleted' | ((container: Container) => boolean);

export interface WaitOptions {
  /** `ready` by default. */
  readonly for?: WaitFor | undefined;
  /** No limit by default. */
  readonly timeoutMs?: number | undefined;
  /** Give up as soon as the container cannot go on without help, such as when no platform fits; false by default. */
  readonly failOnStalled?: boolean | undefined;
  /** Told of every state that is passed through, the first one included. */
  readonly onChange?: ((container: Container) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits on a watch, and answers with the container as it then is; with `undefined` where one that should be deleted was
 * gone already. Rejects with `failed` where what is waited for can no longer come, and with `timeout`.
 */
export async function waitFor(calls: ObjectCalls<Container>, ref: Ref, options: WaitOptions = {}): Promise<Container | undefined> {
  const { timeoutMs } = options;
  const limit = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [options.signal, limit].filter((signal) => signal !== undefined);
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  const seen: { last?: Container } = {};
  try {
    return await waitedFor(calls, ref, { ...options, signal, onChange: (container) => {
      seen.last = container;
      options.onChange?.(container);
    } });
  } catch (error) {
    if (!limit?.aborted || options.signal?.aborted) throw error;
    throw timedOut(ref, options, seen.last);
  }
}

async function waitedFor(calls: ObjectCalls<Container>, ref: Ref, options: WaitOptions): Promise<Container | undefined> {
  const call = { signal: options.signal };
  for (;;) {
    // Taken before the look, so that no change falls between the look and the watch.
    const { position } = await calls.list({ namespace: 'namespace' in ref ? ref.namespace : undefined, limit: 1 }, call);
    const first = await look(calls, ref, options);
    if (!first) return undefined;
    options.onChange?.(first);
    if (judge(first, options)) return first;
    try {
      return await watched(calls.watch({ id: first.metadata.id, after: position }, call), first, options);
    } catch (error) {
      // Away for so long that the feed is no longer kept: look again.
      if (!isNebError(error, 'expired')) throw error;
    }
  }
}

async function look(calls: ObjectCalls<Container>, ref: Ref, options: WaitOptions): Promise<Container | undefined> {
  return calls.get(ref, { signal: options.signal }).catch((error: unknown) => {
    if (options.for === 'deleted' && isNebError(error, 'not_found')) return undefined;
    throw error;
  });
}

async function watched(changes: AsyncIterable<Watched<Container>>, first: Container, options: WaitOptions): Promise<Container> {
  let last = first;
  for await (const change of changes) {
    if (change.do === 'gone') {
      if (options.for === 'deleted') return last;
      throw ended(last, `${nameOf(last)} was deleted`);
    }
    last = change.object;
    options.onChange?.(last);
    if (judge(last, options)) return last;
  }
  throw new NebError('unavailable', `the server stopped telling about ${nameOf(first)}`);
}

/** Whether it is what is waited for. Throws `failed` where it can no longer become that. */
function judge(container: Container, { for: wanted = 'ready', failOnStalled }: WaitOptions): boolean {
  const { status } = container;
  if (is(container, wanted)) return true;
  if (status.reason === budgetReached && [...over, ...waiting].includes(status.status) && wanted !== 'deleted') throw spent(container);
  if (over.includes(status.status) && (typeof wanted === 'function' || wanted === 'ready' || wanted === 'running')) {
    throw ended(container, `${nameOf(container)} ${wordFor[status.status] ?? status.status}${status.message === undefined ? '' : `: ${status.message}`}`);
  }
  const stalled = failOnStalled ? status.conditions.find(({ type, status: word }) => type === 'Stalled' && word === 'true') : undefined;
  if (stalled) throw ended(container, `${nameOf(container)} cannot go on: ${stalled.message || (status.message ?? stalled.reason)}`);
  return false;
}

function is(container: Container, wanted: WaitFor): boolean {
  if (typeof wanted === 'function') return wanted(container);
  const { status, ready } = container.status;
  switch (wanted) {
    case 'ready': return ready;
    case 'running': return status === 'running';
    case 'ended': return over.includes(status);
    case 'deleted': return status === 'deleted';
  }
}

/** Words that no container leaves; kept here, since the list in core-types brings zod along. */
const over: readonly ContainerWord[] = ['completed', 'failed', 'stopped', 'deleted'];
const wordFor: Partial<Record<ContainerWord, string>> = { completed: 'has already completed', stopped: 'was stopped', deleted: 'was deleted' };

/** Kept here for the same reason: a container's reason where a budget is in its way, and words of one that waits. */
const budgetReached = 'BudgetReached';
const waiting: readonly ContainerWord[] = ['pending', 'queued', 'creating', 'restarting'];

/** A budget ended it, or lets it not start: whoever waits is to know, whether or not it goes on some day. */
function spent(container: Container): NebError {
  const { status: { status, message }, metadata: { id, name, namespace } } = container;
  const how = over.includes(status) ? 'was stopped by a budget' : 'waits for a budget';
  return new NebError('quota', `${nameOf(container)} ${how}${message === undefined ? '' : `: ${message}`}`, {
    hint: `\`neb get budgets -n ${namespace}\` shows what is spent, \`neb describe container ${name} -n ${namespace}\` what became of it.`,
    details: { kind: 'Container', id, status, reason: budgetReached },
  });
}

function ended(container: Container, message: string): NebError {
  const { status, reason, exit_code } = container.status;
  return new NebError('failed', message, {
    hint: `See \`neb describe container ${container.metadata.name} -n ${container.metadata.namespace}\` and its logs.`,
    details: { kind: 'Container', id: container.metadata.id, status, ...(reason !== undefined && { reason }), ...(exit_code !== undefined && { exitCode: exit_code }) },
  });
}

function timedOut(ref: Ref, options: WaitOptions, last: Container | undefined): NebError {
  const wanted = typeof options.for === 'function' ? 'what was waited for' : (options.for ?? 'ready');
  const name = 'id' in ref ? ref.id : `${ref.namespace}/${ref.name}`;
  const now = last && `; it is ${last.status.status}${last.status.message === undefined ? '' : `: ${last.status.message}`}`;
  return new NebError('timeout', `container ${name} was not ${wanted} within ${options.timeoutMs} ms${now ?? ''}`);
}

function nameOf({ metadata }: Container): string {
  return `container ${metadata.namespace}/${metadata.name}`;
}
