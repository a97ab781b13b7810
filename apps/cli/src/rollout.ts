import { NebError, type Service } from '@neb/core-types';
import type { RolloutView } from '@neb/sdk';
import { refTo } from './objects.ts';
import type { Session } from './session.ts';

export interface FollowRollout {
  readonly service: Service;
  /** No limit if absent. */
  readonly timeoutMs: number | undefined;
  /** Told each time it has come on. */
  readonly onStep?: ((view: RolloutView) => void) | undefined;
}

/** Resolves once the latest change of a service is rolled out, or no replica is wanted and the next one will be of it. Throws `failed` with the reason where it was given up or cannot go on, and `timeout`. */
export async function rolledOut(session: Session, { service, timeoutMs, onStep }: FollowRollout): Promise<RolloutView> {
  const limit = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signal = limit ? AbortSignal.any([session.signal, limit]) : session.signal;
  const { services } = await session.neb();
  const [ref, { namespace, name }] = [refTo(service), service.metadata];
  let told = '';
  const look = async (): Promise<RolloutView | undefined> => {
    const view = await services.rollout.status(ref, { signal });
    const text = stepOf(view);
    if (text !== told) onStep?.(view);
    told = text;
    if (view.state === 'failed') throw failed(view);
    return view.state === 'good' || view.state === 'idle' ? view : undefined;
  };
  try {
    for (;;) {
      // Taken before the look, so that no change falls between the look and the watch.
      const { position } = await services.list({ namespace, limit: 1 }, { signal });
      const done = await look();
      if (done) return done;
      for await (const change of services.watch({ id: ref.id, after: position }, { signal })) {
        if (change.do === 'gone') throw new NebError('failed', `service/${name} was deleted before its change was rolled out`);
        const end = await look();
        if (end) return end;
      }
    }
  } catch (error) {
    if (limit?.aborted && !session.signal.aborted) throw new NebError('timeout', `service/${name} was not rolled out within ${timeoutMs! / 1_000} s; it goes on by itself`, { hint: `neb explain service ${name} -n ${namespace} tells what it waits for.` });
    throw error;
  }
}

/** `service/web: revision 3 is being rolled out: 1 of 3 ready, 1 starting, 1 draining`. */
export function stepOf({ name, state, asked, revision, replicas: { desired, ready, starting, draining }, message }: RolloutView): string {
  const counts = [`${ready} of ${desired} ready`, starting > 0 && `${starting} starting`, draining > 0 && `${draining} draining`].filter(Boolean).join(', ');
  switch (state) {
    case 'pending': return `service/${name}: the change has not begun to be rolled out${message === undefined ? '' : `: ${message}`}`;
    case 'rolling': return `service/${name}: revision ${asked} is being rolled out: ${counts}`;
    case 'idle': return `service/${name}: no replica is wanted now, and the next one will be of revision ${asked}`;
    case 'good': return `service/${name}: revision ${revision} is rolled out: ${counts}`;
    case 'failed': return `service/${name}: revision ${asked} was given up${message === undefined ? '' : `: ${message}`}`;
  }
}

function failed(view: RolloutView): NebError {
  const { namespace, name, asked, revision } = view;
  const back = revision === asked ? '' : ` It went back to revision ${revision}.`;
  return new NebError('failed', `${stepOf(view)}.${back}`.replace('..', '.'), {
    hint: `neb logs service/${name} -n ${namespace} tells more, neb rollout history service/${name} -n ${namespace} what was before.`, details: { revision, asked },
  });
}
