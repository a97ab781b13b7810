import { isNebError, NebError, type Processor, type Service } from '@neb/core-types';
import { type AnyObject, clientOf, refTo, slashName } from './objects.ts';
import type { Session } from './session.ts';

export interface UntilOptions {
  readonly isMet: (object: AnyObject) => boolean;
  /** What is waited for, for the sentence of a time-out: `deleted`. */
  readonly what: string;
  /** No limit if absent. */
  readonly timeoutMs: number | undefined;
}

/** Resolves with the object once `isMet`, with `undefined` once it is gone. Throws `timeout`. */
export async function until(session: Session, object: AnyObject, { isMet, what, timeoutMs }: UntilOptions): Promise<AnyObject | undefined> {
  const limit = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signal = limit ? AbortSignal.any([session.signal, limit]) : session.signal;
  const client = clientOf(await session.neb(), object.kind);
  const { id, namespace } = object.metadata;
  try {
    for (;;) {
      // Taken before the look, so that no change falls between the look and the watch.
      const { position } = await client.list({ ...(namespace && { namespace }), limit: 1 }, { signal });
      const now = await client.get(refTo(object), { signal });
      if (isMet(now)) return now;
      for await (const change of client.watch({ id, after: position }, { signal })) {
        if (change.do === 'gone') return undefined;
        if (isMet(change.object)) return change.object;
      }
    }
  } catch (error) {
    if (isNebError(error, 'not_found')) return undefined;
    if (limit?.aborted && !session.signal.aborted) throw new NebError('timeout', `${slashName(object)} was not ${what} within ${timeoutMs! / 1_000} s`);
    throw error;
  }
}

/** Whether an object can do what it is for; an idle processor or service can, since a message or a request wakes it. */
export function isReady(object: AnyObject): boolean {
  switch (object.kind) {
    case 'Container': return object.status.ready;
    case 'Processor': case 'Service': return object.status.status === 'running' || object.status.status === 'idle';
    case 'Snapshot': return object.status.status === 'ready';
    case 'Namespace': case 'Secret': case 'Budget': return true;
  }
}

/** Resolves once a processor can work off messages, or a service answers requests and what was asked of it last is rolled out. Throws `failed` with its own sentence where it cannot without help, and `timeout`. */
export async function scaledReady(session: Session, { kind, id }: { readonly kind: 'Processor' | 'Service'; readonly id: string }, timeoutMs: number | undefined): Promise<void> {
  const before: Processor | Service = await clientOf(await session.neb(), kind).get({ id }, session);
  const by = timeoutMs === undefined ? undefined : session.world.clock.now() + timeoutMs;
  if (before.kind === 'Service') await (await import('./rollout.ts')).rolledOut(session, { service: before, timeoutMs });
  const isStalled = (now: AnyObject): boolean => (now.kind === 'Processor' || now.kind === 'Service') && now.status.status === 'stalled';
  const last = await until(session, before, { isMet: (now) => isReady(now) || isStalled(now), what: 'ready', timeoutMs: by === undefined ? undefined : Math.max(1, by - session.world.clock.now()) });
  if (!last) throw new NebError('failed', `${slashName(before)} was deleted before it was ready`);
  if ((last.kind === 'Processor' || last.kind === 'Service') && isStalled(last)) throw new NebError('failed', `${slashName(last)} cannot go on${last.status.message === undefined ? '' : `: ${last.status.message}`}`, { hint: `neb describe ${slashName(last)} -n ${last.metadata.namespace} tells more.` });
}

/** Resolves once the object is gone. */
export async function deleted(session: Session, object: AnyObject, timeoutMs: number | undefined): Promise<void> {
  const isGone = (now: AnyObject): boolean => 'status' in now && now.status.status === 'deleted';
  await until(session, object, { isMet: isGone, what: 'deleted', timeoutMs });
}

/** For verbs that go on until Ctrl-C: rejects with its reason. */
export function interruption({ signal }: Session): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
