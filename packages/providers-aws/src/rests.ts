import { isNebError, NebError, timestamp } from '@neb/core-types';
import type { Rests } from '@neb/machines';
import type { Calls } from './calls.ts';
import { isAws } from './errors.ts';
import { asideTag, placeOf, tags } from './names.ts';

/**
 * EC2's stop and start. By which key and in which boot a machine was stopped is a tag, written first: a machine that somebody else
 * stopped looks the same. A start gives it another `LaunchTime`, by which a tag of an earlier boot is over.
 */
export function ec2Rests({ callsIn }: { callsIn(region: string): Calls }): Rests {
  return {
    async stop(id, key, call) {
      call?.signal?.throwIfAborted();
      const { region, instanceId } = placeOf(id);
      const calls = callsIn(region);
      const [instance] = await calls.describeInstances({ InstanceIds: [instanceId] }, call?.signal);
      if (!instance?.LaunchTime) throw new NebError('not_found', `there is no machine ${id}`);
      const write = (Value: string, signal?: AbortSignal): Promise<void> => calls.createTags({ Resources: [instanceId], Tags: [{ Key: tags.aside, Value }] }, signal);
      await write(asideTag({ key, bootedAt: timestamp(instance.LaunchTime.getTime()) }), call?.signal);
      try {
        await calls.stopInstance(instanceId, call?.signal);
      } catch (error) {
        // An answer that was lost may have stopped it; whoever asks again goes on with that.
        const refused = isNebError(error) && error.code !== 'unavailable';
        if (refused) await write(instance.Tags?.find(({ Key }) => Key === tags.aside)?.Value ?? '').catch(() => undefined);
        if (isAws(error, 'UnsupportedOperation')) throw new NebError('unsupported', `EC2 does not stop machine ${id}: ${error.message}`, { cause: error });
        throw error;
      }
    },

    async start(id, call) {
      call?.signal?.throwIfAborted();
      const { region, instanceId } = placeOf(id);
      try {
        await callsIn(region).startInstance(instanceId, call?.signal);
      } catch (error) {
        if (isAws(error, 'IncorrectInstanceState')) throw new NebError('unavailable', `EC2 cannot start machine ${id} yet: ${error.message}`, { cause: error, retryAfterMs: stoppingMs });
        throw error;
      }
    },
  };
}

const stoppingMs = 5_000;
