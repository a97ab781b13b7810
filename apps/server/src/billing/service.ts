import type { Ledger, Totals as LedgerTotals, TotalsQuery } from '@neb/billing';
import { type Clock, collect, NebError, timestamp } from '@neb/core-types';
import type { BillingServices, Caller, CostTotal, UsageInput, UsageTotal } from '@neb/sdk/contract';
import { authorise } from '../auth/authorise.ts';
import { usageBy } from '../auth/view-of.ts';
import type { Recorder } from '../services/audit.ts';
import type { BillKeys } from './bill-keys.ts';

const pageSize = 1_000;

export interface BillingServiceOptions {
  readonly ledger: Ledger;
  readonly keys: BillKeys;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/** The ledger as the API shows it: to members of an owner what is its, to who runs the server all of it. */
export function billingService({ ledger, keys, recorder, clock }: BillingServiceOptions): BillingServices {
  const totals = async (who: Caller, input: UsageInput, quantities: boolean): Promise<LedgerTotals> => {
    const query: TotalsQuery = { ...times(input), by: input.by, namespace: input.namespace, kind: input.kind, labels: input.labels, limit: input.limit, quantities, owners: ownersFor(who, input) };
    return await usageBy(who, ledger).totals(query);
  };

  return {
    async usage(who, input) {
      const { items, more } = await totals(who, input, true);
      return { more, items: items.map(({ metric = '', unit = '', quantity = '0', ...total }): UsageTotal => ({ ...total, metric, unit, quantity })) };
    },
    async cost(who, input) {
      const { items, more } = await totals(who, input, false);
      return { more, items: items satisfies readonly CostTotal[] };
    },
    async spending(who, { kind, objects }) {
      const nowMs = clock.now();
      const untilMs = monthEnd(nowMs);
      const may = new Map([...new Set(objects.map(({ namespace }) => namespace))].map((namespace) => [namespace, ownersFor(who, { namespace })]));
      const owners = [...may.values()].some((some) => some === undefined) ? undefined : [...new Set([...may.values()].flatMap((some) => some ?? []))];
      const seen = objects.filter(({ namespace }) => may.get(namespace)?.length !== 0);
      return { at: timestamp(nowMs), until: timestamp(untilMs), items: await usageBy(who, ledger).spending({ kind, objects: seen, owners, nowMs, untilMs }) };
    },
    async bill(who, { owner = who.id, cursor, ...input }) {
      need(who, owner);
      const seen = usageBy(who, ledger);
      const time = { since: timestamp(Date.parse(input.since)), until: timestamp(Date.parse(input.until)) };
      const { after, last: lastNow } = await seen.stretch(owner, time);
      // Where it goes on it ends where it did when it began, whatever was written meanwhile.
      const [from = after.seq, last = lastNow] = cursor?.split('-').map(Number) ?? [];
      const to = Math.min(last, from + pageSize);
      const items = await collect(seen.records(owner, { after: from, last: to }));
      const [lastRecord] = last === after.seq ? [after] : await collect(seen.records(owner, { after: last - 1, last }));
      const end = { seq: lastRecord.seq, hash: lastRecord.hash };
      const about = { owner, ...time, made_at: timestamp(clock.now()), after, end };
      return { ...about, signature: await keys.sign(about), items, ...(to < last && { next: `${to}-${last}` }) };
    },
    keys: () => keys.list(),
    async rotateKey(who) {
      const deed = { verb: 'rotate_bill_key', kind: 'Server' };
      if (authorise(who, 'update', { kind: 'Server' }).do !== 'allow') {
        recorder.denied(who, deed);
        throw new NebError('unauthorized', 'only an administrator of the server may change the key that signs bills');
      }
      await recorder.done(who, deed);
      return await keys.rotate();
    },
  };

  /** The owners whose usage `who` may see; absent for all. */
  function ownersFor(who: Caller, { owner, namespace }: UsageInput): readonly string[] | undefined {
    if (owner !== undefined) {
      need(who, owner, namespace);
      return [owner];
    }
    const may = (one?: string): boolean => authorise(who, 'list', { kind: 'Usage', owner: one, namespace }).do === 'allow';
    return may() ? undefined : Object.keys(who.roles).filter(may);
  }

  function need(who: Caller, owner: string, namespace?: string): void {
    const decision = authorise(who, 'list', { kind: 'Usage', owner, namespace });
    if (decision.do === 'allow') return;
    recorder.denied(who, { verb: 'list', kind: 'Usage', owner, namespace, ...(decision.do === 'refused' && { why: decision.why }) });
    if (decision.do === 'hidden') throw new NebError('not_found', `there is no owner ${owner}`);
    throw new NebError('unauthorized', `the usage of ${owner}: ${decision.why}`);
  }
}

/** Of the month (UTC) in which a moment is. */
function monthEnd(ms: number): number {
  const at = new Date(ms);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
}

function times({ since, until }: UsageInput): Pick<TotalsQuery, 'since' | 'until'> {
  return { since: since && timestamp(Date.parse(since)), until: until && timestamp(Date.parse(until)) };
}
