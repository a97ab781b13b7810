import { type Clock, type ContainerSpec, type LaunchSpec, type Provider, refusalOf } from '@neb/core-types';
import type { Tuning } from '../world.ts';
import type { Experience } from './experience.ts';
import { glances } from './glances.ts';
import { type Market, offerQuery } from './plan.ts';

export interface Markets {
  /** What every platform has for a container; only the named one's offers are asked for where `spec` names one. Never throws. */
  look(spec: ContainerSpec, launch: LaunchSpec, looker: Looker): Promise<readonly Market[]>;
  /** Forgets what a platform offered, since it turned out not to be so. */
  forget(platform: string): void;
}

export interface Looker {
  readonly signal: AbortSignal;
  /** Whether it has waited already, and so takes older answers. */
  readonly isPatient?: boolean | undefined;
}

export interface MarketsOptions {
  readonly clock: Clock;
  readonly tuning: Pick<Tuning, 'marketMs' | 'patientMs'>;
  readonly experience: Pick<Experience, 'close' | 'closed'>;
}

/** What platforms offer, remembered for a while, so that a thousand containers do not ask a thousand times. */
export function markets(providers: readonly Provider[], { clock, tuning, experience }: MarketsOptions): Markets {
  const all = new Map(providers.map((provider) => [provider.name, glances(provider, {
    clock, freshMs: tuning.marketMs, patientMs: tuning.patientMs, onRefused: (why) => experience.close(provider.name, why, clock.now()),
  })]));

  return {
    look: (spec, launch, { signal, isPatient = false }) => Promise.all(providers.map(async (provider): Promise<Market> => {
      const platform = provider.name;
      if (spec.platform !== undefined && spec.platform !== platform) return { platform, offers: [] };
      const missing = experience.closed(platform, clock.now());
      if (missing !== undefined) return { platform, missing, offers: [] };
      const refusal = refusalOf(provider, launch, spec);
      if (refusal !== undefined) return { platform, refusal, offers: [] };
      return { platform, ...(await all.get(platform)![isPatient ? 'patient' : 'fresh'](offerQuery(spec), signal)) };
    })),
    forget: (platform) => all.get(platform)?.forget(),
  };
}
