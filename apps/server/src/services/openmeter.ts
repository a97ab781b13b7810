import { NebError } from '@neb/core-types';
import type { Caller, Openmeter } from '@neb/sdk/contract';
import { authorise } from '../auth/authorise.ts';
import type { UsageDelivery } from '../billing/delivery.ts';
import type { Recorder } from './audit.ts';

export interface OpenmeterOptions {
  readonly recorder: Recorder;
  readonly delivery: Pick<UsageDelivery, 'url' | 'status' | 'sync' | 'retry'>;
}

/** What becomes of usage at OpenMeter: of all owners, so it is for who runs the server. */
export function openmeterService({ recorder, delivery }: OpenmeterOptions): Openmeter {
  const deed = (verb = 'sync_openmeter') => ({ verb, kind: 'Server' });
  const check = (who: Caller, verb?: string): void => {
    if (authorise(who, 'update', { kind: 'Server' }).do === 'allow') return;
    recorder.denied(who, deed(verb));
    throw new NebError('unauthorized', 'only an administrator of the server may see to OpenMeter');
  };

  return {
    async status(who) {
      check(who);
      const { movedAt, trouble, refused, ...status } = await delivery.status();
      return { configured: delivery.url !== undefined, url: delivery.url, ...status, moved_at: movedAt, trouble, refused };
    },
    async sync(who) {
      check(who);
      await recorder.done(who, deed());
      const { meters, ...synced } = await delivery.sync();
      return { ...synced, meters: meters.map(({ eventType, ...meter }) => ({ ...meter, event_type: eventType })) };
    },
    async retry(who) {
      check(who, 'retry_openmeter');
      await recorder.done(who, deed('retry_openmeter'));
      return await delivery.retry();
    },
  };
}
