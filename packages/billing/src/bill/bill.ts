import { type Link, type UsageFact, type UsageRecord } from '@neb/core-types';
import { z } from 'zod';
import { type Money, sumsOf } from '../money/money.ts';
import { type BillSignature, billSignature } from './signature.ts';

const link = z.object({ seq: z.int().min(0), hash: z.string().regex(/^[\da-f]{64}$/) });

/** The first line of a bill: whose it is, of which time, and the place in the owner's chain that its records follow. */
export const billHeader = z.object({ bill: z.literal('neb/1'), owner: z.string(), since: z.iso.datetime(), until: z.iso.datetime(), made_at: z.iso.datetime(), after: link });
export type BillHeader = z.infer<typeof billHeader>;

/** What a time came to, in one currency: what the owner is asked, and what platforms ask. */
export const billTotal = z.object({ currency: z.string(), amount: z.string(), cost: z.string() });
export type BillTotal = z.infer<typeof billTotal>;

/** The line behind the records: without it a bill is cut off. */
export const billFooter = z.object({ end: link, records: z.int().min(0), totals: z.array(billTotal) });
export type BillFooter = z.infer<typeof billFooter>;

/** What is behind that, where the bill is signed. */
export const billSeal = z.object({ signature: billSignature });

/** A bill's lines without their ends: the header, the records, which are asked for once and in order, the footer, and the signature where there is one. */
export async function* billLines(about: Omit<BillHeader, 'bill'>, records: AsyncIterable<UsageRecord>, signature?: BillSignature): AsyncGenerator<string, void> {
  yield JSON.stringify({ bill: 'neb/1', ...about } satisfies BillHeader);
  const sums = billSums(about);
  let end: Link = about.after;
  let count = 0;
  for await (const { seq, hash, fact } of records) {
    sums.add(fact);
    end = { seq, hash };
    count++;
    yield JSON.stringify({ seq, hash, fact } satisfies UsageRecord);
  }
  yield JSON.stringify({ end, records: count, totals: [...sums.totals()] } satisfies BillFooter);
  if (signature) yield JSON.stringify({ signature });
}

/** Adds up the facts of a time. A chain is handed out whole, so facts of other times may stand among them: those do not count. */
export function billSums({ since, until }: Pick<BillHeader, 'since' | 'until'>): { add(fact: UsageFact): void; totals(): readonly BillTotal[] } {
  const [from, to] = [Date.parse(since), Date.parse(until)];
  const sums = new Map<string, BillTotal>();
  return {
    add({ from: at, currency, amount, cost }) {
      if (Date.parse(at) < from || Date.parse(at) >= to) return;
      const before = sums.get(currency) ?? { currency, amount: '0', cost: '0' };
      sums.set(currency, { currency, amount: both(currency, before.amount, amount), cost: both(currency, before.cost, cost) });
    },
    totals: () => [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1)),
  };
}

function both(currency: string, ...amounts: readonly string[]): string {
  const [sum] = sumsOf(amounts.map((amount): Money => ({ currency, amount })));
  return sum!.amount;
}
