import { NebError, parseMoney } from '@neb/core-types';
import type { OffersInput } from '@neb/sdk';
import type { GetFlags } from './get.ts';

/** What `neb get accelerators` asks the server for. Throws `invalid` with the flag that is wrong. */
export function offersQuery(names: readonly string[], { platform, region, spot, ...flags }: GetFlags): OffersInput {
  const { memory, count, maxPrice } = flags;
  return {
    ...(platform !== undefined && { platform }),
    ...(names.length > 0 && { accelerators: names }),
    ...(memory !== undefined && { memoryGiB: gigabytes(memory) }),
    ...(count !== undefined && { count: whole(count) }),
    ...(region !== undefined && { region }),
    ...(spot !== undefined && { spot }),
    ...(maxPrice !== undefined && { maxPrice: amount(maxPrice) }),
  };
}

/** What to say where nothing is left of all offers. */
export function noOffers({ platform, memory, count, region, spot, maxPrice }: GetFlags): string {
  const given = Object.entries({ '--platform': platform, '--memory': memory, '--count': count, '--region': region, '--spot': spot, '--max-price': maxPrice }).filter(([, value]) => value !== undefined);
  const words = given.map(([flag, value]) => (value === true ? flag : `${flag} ${value}`)).join(' ');
  return words === '' ? 'No platform offers an accelerator. neb get accelerators --known lists all names.' : `Nobody offers one with ${words}: leave some of it out.`;
}

function gigabytes(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)\s*(?:gi?b?)?$/i.exec(text.trim()) ?? [];
  if (Number(digits ?? 0) > 0) return Number(digits);
  throw new NebError('invalid', `--memory ${text} is not an amount`, { hint: 'It is the least memory of one accelerator in GB, such as 40 or 40GB.' });
}

function whole(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new NebError('invalid', `--count ${text} is not a count`, { hint: 'It is how many accelerators a machine has, such as 8.' });
}

function amount(text: string): string {
  const bare = text.trim().replace(/^\$/, '');
  if ((parseMoney(bare) ?? -1n) >= 0n) return bare;
  throw new NebError('invalid', `--max-price ${text} is not a price`, { hint: 'It is in US dollars an hour for the machine, such as 2.50.' });
}
