import { type ProcessorStatus, timestamp, withCondition } from '@neb/core-types';
import { type Trouble, withTrouble } from '../crew/trouble.ts';
import { present } from '../present.ts';
import type { Resource } from '../store.ts';

/** The finalizer of processors that may have a stream. */
export const streamFinalizer = 'stream';

/** The status of a processor that was just created. */
export function newProcessorStatus({ id, stream }: { readonly id: string; readonly stream: string }): ProcessorStatus {
  return { status: 'creating', stream, group: id, replicas: { desired: 0, ready: 0, starting: 0, draining: 0 }, conditions: [] };
}

/** `status` with `patch` over it, and the condition that it is in trouble or no more; a field that is `undefined` goes. */
export function saying(processor: Resource<'Processor'>, patch: StatusPatch, { now, trouble, caution }: Saying): ProcessorStatus {
  const { status, generation } = processor;
  const known = withTrouble(processor, trouble, now);
  const isNews = caution !== undefined && (caution !== '' || known.some(({ type }) => type === 'Durable'));
  const conditions = !isNews ? known : [...withCondition(known, durable(caution, generation), timestamp(now))];
  const next = { ...status, ...patch, conditions, ...(trouble ? { status: 'stalled' as const, message: trouble.message } : {}) };
  return present(next) as ProcessorStatus;
}

interface Saying {
  readonly now: number;
  readonly trouble?: Trouble | undefined;
  /** What may happen to its messages, '' where they are safe; what was said of it stays if absent. */
  readonly caution?: string | undefined;
}

function durable(caution: string, generation: number): Parameters<typeof withCondition>[1] {
  return { type: 'Durable', status: caution === '' ? 'true' : 'false', reason: caution === '' ? 'KeepsAll' : 'RedisLoses', message: caution, generation };
}

type StatusPatch = { readonly [Field in keyof ProcessorStatus]?: ProcessorStatus[Field] | undefined };
