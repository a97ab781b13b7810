import type { Instance } from '@aws-sdk/client-ec2';
import { type Call, isNebError, type ListQuery, NebError, type Offer, type OfferQuery, platformClock, systemClock, unlessAborted } from '@neb/core-types';
import type { Machine, MachineRequest, Machines } from '@neb/machines';
import { type Calls, callsOf, filter } from './calls.ts';
import { gpuTypes, type InstanceType } from './catalogue/instance-types.ts';
import { diskPrice, ebsDisks } from './disks.ts';
import { images } from './images.ts';
import { ledger } from './ledger.ts';
import { placeOf, tags } from './names.ts';
import { network } from './network.ts';
import { offersOf } from './offers.ts';
import type { Ec2Options } from './options.ts';
import { purchases } from './purchases.ts';
import { readinessOf } from './readiness.ts';
import { ec2Rests } from './rests.ts';
import { redactor } from './redact.ts';
import { spotNotices } from './spot-notices.ts';
import { machineOf } from './translate.ts';
import { typeZones } from './type-zones.ts';

/** EC2 as a cloud of machines, with what it always offers. */
export interface Ec2 extends Machines, Disposable {
  consoleOutput(id: string, call?: Call): Promise<string | undefined>;
  readiness(call?: Call): Promise<string | undefined>;
}

/** EC2 of an account in some regions. Asks nothing before it is first used. Dispose of it to close its connections. */
export function ec2(options: Ec2Options): Ec2 {
  const { regions, name = 'aws', clock = systemClock, credentials, publicAddress = true, diskGiB = 100 } = options;
  const redact = redactor(credentials ? [credentials.secretAccessKey, credentials.sessionToken ?? '', credentials.accessKeyId] : []);
  const ec2Clock = platformClock(clock);
  const byRegion = new Map(regions.map((region) => [region, callsOf({ region, credentials, redact, ec2Clock, endpoint: options.endpoint, requestHandler: options.requestHandler, answerMs: options.answerMs ?? 30_000 })]));
  const types = new Map<string, InstanceType>([...gpuTypes, ...(options.types ?? [])].map((type) => [type.name, type]));
  const bought = ledger({ clock, lagMs: options.lagMs ?? 30_000 });
  const zones = typeZones({ callsIn, types: [...types.keys()], clock });
  const disks = ebsDisks({ callsIn, regions, volumeGiB: options.volumeGiB ?? 100 });
  const notices = spotNotices({ callsIn, clock });
  const bidding = purchases({
    callsIn, disks, ledger: bought, zones, publicAddress, diskGiB, diskPriceIn,
    images: images({ callsIn, types, names: options.images, clock }),
    network: network({ callsIn, clock, subnets: options.subnets, sshFrom: options.sshFrom ?? ['0.0.0.0/0'] }),
  });

  function diskPriceIn(region: string): string {
    return diskPrice(diskGiB, options.diskPricePerGiBMonth?.[region]);
  }

  function callsIn(region: string): Calls {
    const calls = byRegion.get(region);
    if (calls) return calls;
    throw new NebError('unavailable', `platform ${name} is not set up for region "${region}"`, { hint: `It has: ${regions.join(', ') || 'none'}.` });
  }

  async function listIn(region: string, fleet: string, signal: AbortSignal | undefined): Promise<readonly Machine[]> {
    const found = await callsIn(region).describeInstances({ Filters: [filter(`tag:${tags.fleet}`, fleet)] }, signal);
    return await shown(region, found, signal);
  }

  async function shown(region: string, found: readonly Instance[], signal: AbortSignal | undefined): Promise<readonly Machine[]> {
    const ends = await notices(region, found, signal);
    return found.flatMap((instance) => machineOf(instance, { region, publicAddress, diskPricePerHour: diskPriceIn(region), endsAt: ends.get(instance.InstanceId ?? '') }) ?? []);
  }

  /** `undefined` once it is gone; one that EC2 does not show yet is as it was when it was bought. */
  async function inspect(id: string, call?: Call): Promise<Machine | undefined> {
    call?.signal?.throwIfAborted();
    const { region, instanceId } = placeOf(id);
    try {
      const found = await callsIn(region).describeInstances({ InstanceIds: [instanceId] }, call?.signal);
      return found.length > 0 ? (await shown(region, found, call?.signal))[0] : bought.get(id);
    } catch (error) {
      if (isNebError(error, 'not_found')) return bought.get(id);
      throw error;
    }
  }

  return {
    name,
    // Their requests are one-time.
    traits: { idempotency: 'lookup', spot: true, suspendsSpot: false },
    time: ec2Clock.now,
    disks,
    rests: ec2Rests({ callsIn }),

    async *offers(query: OfferQuery, call?: Call): AsyncGenerator<Offer> {
      call?.signal?.throwIfAborted();
      yield* await offersOf(query, { callsIn, regions, types: [...types.values()], zones, nowMs: clock.now(), signal: call?.signal });
    },

    async create(request: MachineRequest, call?: Call): Promise<Machine> {
      call?.signal?.throwIfAborted();
      return await unlessAborted(bidding.machine(request, call?.signal), call?.signal);
    },

    inspect,

    async *list({ fleet }: ListQuery, call?: Call): AsyncGenerator<Machine> {
      call?.signal?.throwIfAborted();
      const found = (await Promise.all(regions.map((region) => listIn(region, fleet, call?.signal)))).flat();
      yield* found;
      for (const { id } of bought.recent(fleet)) {
        const unlisted = found.some((machine) => machine.id === id) ? undefined : await inspect(id, call);
        if (unlisted) yield unlisted;
      }
    },

    async delete(id: string, call?: Call): Promise<void> {
      call?.signal?.throwIfAborted();
      const { region, instanceId } = placeOf(id);
      try {
        await callsIn(region).terminateInstance(instanceId, call?.signal);
      } catch (error) {
        if (!isNebError(error, 'not_found')) throw error;
        // Not known yet is not gone.
        if (bought.get(id)) throw new NebError('unavailable', `EC2 does not show machine ${id} yet, so that it cannot be deleted`, { cause: error, retryAfterMs: 2_000 });
      }
      bought.forget(id);
    },

    async consoleOutput(id: string, call?: Call): Promise<string | undefined> {
      call?.signal?.throwIfAborted();
      const { region, instanceId } = placeOf(id);
      const output = await callsIn(region).consoleOutput(instanceId, call?.signal);
      return output === undefined ? undefined : redact(output);
    },

    readiness: (call) => readinessOf({ regions, callsIn }, call),

    [Symbol.dispose]() {
      for (const calls of byRegion.values()) calls.close();
    },
  };
}
