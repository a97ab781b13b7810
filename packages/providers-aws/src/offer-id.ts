import { NebError, type Offer } from '@neb/core-types';

/** What an offer stands for. */
export interface Article {
  readonly region: string;
  readonly type: string;
  readonly market: 'on-demand' | 'spot';
}

export function offerId({ region, type, market }: Article): string {
  return `${region}/${type}/${market}`;
}

/** Throws `invalid` for what `offerId` did not make. */
export function articleOf({ id }: Pick<Offer, 'id'>): Article {
  const [region, type, market, ...rest] = id.split('/');
  if (!region || !type || (market !== 'on-demand' && market !== 'spot') || rest.length > 0) throw new NebError('invalid', `"${id}" is not an offer of EC2`);
  return { region, type, market };
}
