import { type Clock, collect, type ContainerSpec, type LaunchSpec, messageOf, type Offer, type OfferQuery, type Provider, refusalOf } from '@neb/core-types';
import { type Market, offerQuery } from './plan.ts';

export interface Markets {
  /** What every platform has for a container; only the named one's offers are asked for where `spec` names one. Never throws. */
  look(spec: ContainerSpec, launch: LaunchSpec, signal: AbortSignal): Promise<readonly Market[]>;
  /** Forgets what a platform offered, since it turned out not to be so. */
  forget(platform: string): void;
  /** Asks nothing of a platform for a while, and says why. */
  shut(platform: string, why: string): void;
}

/** How long a platform that refuses our credentials is let be: an operator has to act first. */
const shutMs = 60_000;

interface Glance {
  readonly until: number;
  readonly answer: Promise<{ readonly missing?: string | undefined; readonly offers: readonly Offer[] }>;
}

/** What platforms offer, remembered for `forMs`, so that a thousand containers do not ask a thousand times. */
export function markets(providers: readonly Provider[], { clock, forMs }: { readonly clock: Clock; readonly forMs: number }): Markets {
  const glances = new Map<string, Map<string, Glance>>();
  const closed = new Map<string, { readonly why: string; readonly until: number }>();

  return {
    look: (spec, launch, signal) => Promise.all(providers.map(async (provider): Promise<Market> => {
      const platform = provider.name;
      if (spec.platform !== undefined && spec.platform !== platform) return { platform, offers: [] };
      const shut = closed.get(platform);
      if (shut && shut.until > clock.now()) return { platform, missing: shut.why, offers: [] };
      const refusal = refusalOf(provider, launch, spec);
      if (refusal !== undefined) return { platform, refusal, offers: [] };
      return { platform, ...(await glance(provider, offerQuery(spec), signal)) };
    })),
    forget: (platform) => { glances.delete(platform); },
    shut: (platform, why) => { closed.set(platform, { why, until: clock.now() + shutMs }); },
  };

  function glance(provider: Provider, query: OfferQuery, signal: AbortSignal): Glance['answer'] {
    const now = clock.now();
    const known = glances.get(provider.name) ?? new Map<string, Glance>();
    glances.set(provider.name, known);
    for (const [key, { until }] of known) if (until <= now || until > now + forMs) known.delete(key);
    const key = JSON.stringify(query);
    const fresh = known.get(key)?.answer ?? ask(provider, query, signal);
    if (!known.has(key)) {
      known.set(key, { until: now + forMs, answer: fresh });
      // What is missing may be there the next moment, and a person may be waiting for it.
      void fresh.then(({ missing }) => { if (missing !== undefined) known.delete(key); });
    }
    return fresh;
  }
}

async function ask(provider: Provider, query: OfferQuery, signal: AbortSignal): Glance['answer'] {
  try {
    const missing = await provider.readiness?.({ signal });
    if (missing !== undefined) return { missing, offers: [] };
    return { offers: await collect(provider.offers(query, { signal })) };
  } catch (error) {
    return { missing: messageOf(error), offers: [] };
  }
}
