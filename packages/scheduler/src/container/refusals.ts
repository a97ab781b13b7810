import { type ContainerStatus, type ErrorCode, errorCodes, type LaunchSpec, type NebError, type Provider, refusalOf, timestamp } from '@neb/core-types';
import type { Experience } from '../placement/experience.ts';
import type { Market } from '../placement/plan.ts';
import type { Resource } from '../store.ts';
import { tuned } from '../world.ts';

/** A platform that would not run a container as it is specified. */
export type Refused = NonNullable<ContainerStatus['refused_by']>[number];

/** Whether a platform that answers a create with this will not run the container, whenever it is asked; others may. */
export function isForGood(code: ErrorCode): boolean {
  return !errorCodes[code].retry && code !== 'unauthorized';
}

/** Whether the refusal is of us and not of the container: of our key, or of an account without money. */
export function isOfAccount({ code, details }: Pick<NebError, 'code' | 'details'>): boolean {
  return code === 'unauthorized' || (code === 'quota' && details?.scope === 'account');
}

/** The refusals that still count. */
function refusedBy({ refused_by: all = [] }: ContainerStatus, now: number, refusedMs = tuned({}).refusedMs): readonly Refused[] {
  return all.filter(({ at }) => Math.abs(now - Date.parse(at)) < refusedMs);
}

/** The markets with what was said when they were asked for this container. */
export function sinceRefused(markets: readonly Market[], status: ContainerStatus, now: number): readonly Market[] {
  const refused = new Map(refusedBy(status, now).map(({ platform, message }) => [platform, message]));
  return markets.map((market) => {
    const refusal = refused.get(market.platform);
    return refusal === undefined ? market : { platform: market.platform, refusal, wasAsked: true, offers: [] };
  });
}

/** The markets without those that were closed since they were looked at. */
export function sinceClosed(markets: readonly Market[], experience: Pick<Experience, 'closed'>, now: number): readonly Market[] {
  return markets.map((market) => {
    const missing = experience.closed(market.platform, now);
    return missing === undefined ? market : { platform: market.platform, missing, offers: [] };
  });
}

/** `status.refused_by` with one more. */
export function refusedToo(status: ContainerStatus, { platform, message, now }: { readonly platform: string; readonly message: string; readonly now: number }): readonly Refused[] {
  return [...refusedBy(status, now).filter((one) => one.platform !== platform), { platform, message, at: timestamp(now) }];
}

/** Whether there is another platform that may run it. */
export function isElsewhere(container: Resource<'Container'>, { providers, spec, but, now }: { readonly providers: readonly Provider[]; readonly spec: LaunchSpec; readonly but: string; readonly now: number }): boolean {
  const out = [but, ...refusedBy(container.status, now).map(({ platform }) => platform)];
  return container.spec.platform === undefined && providers.some((provider) => !out.includes(provider.name) && refusalOf(provider, spec) === undefined);
}
