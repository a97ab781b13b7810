import type { Instance } from '@aws-sdk/client-ec2';
import { type Clock, isNebError, timestamp, unlessAborted } from '@neb/core-types';
import { type Calls, filter } from './calls.ts';
import { kept } from './kept.ts';

/** What notices are asked with. */
export interface SpotNoticesOptions {
  callsIn(region: string): Calls;
  readonly clock: Clock;
}

/** Between a notice and the end, as EC2 promises. */
const noticeMs = 120_000;
const keepMs = 5_000;

/**
 * When EC2 takes instances away that may be interrupted, by their ids: those it has given notice of. Asked for a region every
 * five seconds at most, and only where such instances run. Who may not ask, or gets no answer, knows of none.
 */
export function spotNotices({ callsIn, clock }: SpotNoticesOptions): (region: string, instances: readonly Instance[], signal: AbortSignal | undefined) => Promise<ReadonlyMap<string, string>> {
  const answers = kept<ReadonlyMap<string, string>>(clock, keepMs);

  async function ask(region: string): Promise<ReadonlyMap<string, string>> {
    try {
      const marked = await callsIn(region).spotRequests({ Filters: [filter('status-code', 'marked-for-termination')] }, undefined);
      return new Map(marked.flatMap(({ InstanceId, Status }) => (InstanceId !== undefined && Status?.UpdateTime ? [[InstanceId, timestamp(Status.UpdateTime.getTime() + noticeMs)]] : [])));
    } catch (error) {
      if (!isNebError(error)) throw error;
      return new Map();
    }
  }

  return async (region, instances, signal) => {
    const mayBe = instances.some(({ InstanceLifecycle, State }) => InstanceLifecycle === 'spot' && State?.Name === 'running');
    return mayBe ? await unlessAborted(answers.get(region, () => ask(region)), signal) : new Map();
  };
}
