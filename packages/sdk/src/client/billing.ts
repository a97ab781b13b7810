import type { Call, UsageRecord } from '@neb/core-types';
import type { BillInput, BillKey, BillPage, CostTotal, SpendingInput, Spendings, Totals, UsageInput, UsageTotal } from '../contract/billing.ts';
import type { Calls } from './calls.ts';

/** What was used, and what it costs. */
export interface BillingClient {
  /** Each metric and unit by itself. */
  usage(query?: UsageInput, call?: Call): Promise<Totals<UsageTotal>>;
  /** Each currency by itself. */
  cost(query?: UsageInput, call?: Call): Promise<Totals<CostTotal>>;
  /** What objects came to, and what they are on their way to: at most 5,000 of one kind. */
  spending(input: SpendingInput, call?: Call): Promise<Spendings>;
  /** An owner's bill of a time; its records are asked for page after page, once. What `billLines` of @neb/billing/bill takes. */
  bill(query: Omit<BillInput, 'cursor'>, call?: Call): Promise<Bill>;
  /** The public keys that bills are, or were, signed with, the current one first. Needs no token. */
  keys(call?: Call): Promise<readonly BillKey[]>;
}

export interface Bill extends Pick<BillPage, 'owner' | 'since' | 'until' | 'after' | 'made_at' | 'signature'> {
  readonly records: AsyncIterable<UsageRecord>;
}

export function billingClient(calls: Calls): BillingClient {
  return {
    usage: (query = {}, call) => calls.query('billing.usage', query, call),
    cost: (query = {}, call) => calls.query('billing.cost', query, call),
    spending: (input, call) => calls.mutate('billing.spending', input, { ...call, repeatable: true }),
    keys: (call) => calls.query('billing.keys', undefined, call),
    async bill(query, call) {
      const { owner, since, until, after, made_at, signature, ...first } = await calls.query('billing.bill', query, call);
      return { owner, since, until, after, made_at, signature, records: records(first) };

      async function* records(page: Pick<BillPage, 'items' | 'next'>): AsyncGenerator<UsageRecord, void> {
        yield* page.items;
        for (let { next } = page; next !== undefined;) {
          const more: BillPage = await calls.query('billing.bill', { ...query, cursor: next }, call);
          yield* more.items;
          next = more.next;
        }
      }
    },
  };
}
