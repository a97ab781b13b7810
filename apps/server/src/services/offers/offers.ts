import { type Clock, isNebError, messageOf, type NebError, type Provider } from '@neb/core-types';
import type { OffersInput, OffersView, OfferView, Unanswered } from '@neb/sdk/contract';
import { cloudNamed, clouds, platformFault } from '../clouds.ts';
import { cataloguedOffers } from './catalogued.ts';
import { type LiveOffers, liveOffers } from './live.ts';
import { asked, nobodySells } from './names.ts';
import { narrowed } from './narrow.ts';

export interface OffersOptions {
  readonly providers: readonly Provider[];
  readonly clock: Clock;
}

/**
 * What could be had: as the platforms that are set up tell it now, of other clouds as the catalogue has it. Of several
 * platforms, one that does not answer is named and the catalogue speaks for it; asked for by name, it says why. Rejects
 * with `not_found` where nobody sells an accelerator that is asked for at all.
 */
export function offersView({ providers, clock }: OffersOptions): (input: OffersInput) => Promise<OffersView> {
  const live = liveOffers(clock);

  return async ({ platform: given, accelerators = [], ...narrow }) => {
    const platform = given === undefined ? undefined : (cloudNamed(given)?.name ?? given);
    const names = accelerators.map(asked);
    const counts = [...new Set([...names.map(({ count }) => count), narrow.count].filter((count) => count !== undefined))];
    const answers = await Promise.all(providers.filter(({ name }) => (platform ?? name) === name).map((provider) => answerOf(provider, { live, counts })));
    const unanswered = answers.flatMap((answer) => (answer.do === 'fail' ? [answer] : []));
    if (platform !== undefined && unanswered[0]) throw unanswered[0].error;

    const told = answers.flatMap((answer) => (answer.do === 'tell' ? answer.offers : []));
    const open = new Set(answers.flatMap((answer) => (answer.do === 'tell' ? [answer.platform] : [])));
    const silent = clouds.filter(({ name }) => (platform ?? name) === name && !open.has(name));
    const all = [...told, ...silent.flatMap(({ name }) => cataloguedOffers(name, clock.now()))];

    const fault = platform !== undefined && all.length === 0 ? platformFault(platform, providers.map(({ name }) => name)) : undefined;
    if (fault) throw fault;
    const sold = all.flatMap(({ accelerator }) => accelerator ?? []);
    const unsold = names.find((one) => !sold.some((accelerator) => one.means(accelerator)));
    if (unsold) throw nobodySells(unsold, sold, platform);
    return { offers: narrowed(all, { ...narrow, accelerators: names }), unanswered: unanswered.map(unansweredBy) };
  };
}

type Answer =
  | { readonly do: 'tell'; readonly platform: string; readonly offers: readonly OfferView[] }
  | { readonly do: 'fail'; readonly platform: string; readonly error: unknown };

async function answerOf(provider: Provider, { live, counts }: { readonly live: LiveOffers; readonly counts: readonly number[] }): Promise<Answer> {
  const platform = provider.name;
  try {
    return { do: 'tell', platform, offers: await live(provider, counts) };
  } catch (error) {
    return { do: 'fail', platform, error };
  }
}

function unansweredBy({ platform, error }: Extract<Answer, { do: 'fail' }>): Unanswered {
  const told: Pick<NebError, 'code' | 'hint'> = isNebError(error) ? error : { code: 'unavailable', hint: undefined };
  return { platform, code: told.code, message: messageOf(error), ...(told.hint !== undefined && { hint: told.hint }) };
}
