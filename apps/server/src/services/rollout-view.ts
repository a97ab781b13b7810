import type { Resource } from '@neb/scheduler';
import type { RolloutView } from '@neb/sdk/contract';
import { isDeepStrictEqual } from 'node:util';

/** How far the change that was asked for last has come. */
export function rolloutView({ namespace, name, spec, status }: Pick<Resource<'Service'>, 'namespace' | 'name' | 'spec' | 'status'>): RolloutView {
  const { revision, replicas, history } = status;
  const last = history.at(-1);
  const isBegun = last !== undefined && isDeepStrictEqual(plain(last.spec), plain(spec));
  const message = isBegun && last.outcome === 'failed' ? (last.message ?? status.message) : status.message;
  return {
    namespace, name, revision, replicas, history: history.toReversed(),
    state: !isBegun ? 'pending' : last.outcome === 'rolling' && status.status === 'idle' ? 'idle' : last.outcome,
    ...(last && { asked: last.revision }),
    ...(message !== undefined && { message }),
  };
}

/** As it is stored: without fields that are `undefined`. */
function plain(spec: object): unknown {
  return JSON.parse(JSON.stringify(spec));
}
