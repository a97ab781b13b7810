import { type Instance, NebError, type Offer, type Provider } from '@neb/core-types';
import { memoryCloud, type MemoryCloud } from '@neb/core-types/testing';
import type { TestClock } from './harness.ts';

/** A cloud, what it sells for, and what can be done to it. */
export interface Shop {
  readonly name: string;
  readonly cloud: MemoryCloud;
  readonly provider: Provider;
  /** What its next creates answer instead of creating. */
  refusal: NebError | undefined;
  /** What its instances turn out to cost. */
  price: string | undefined;
  /** How long its instances take to run, or to fail. */
  bootMs: number;
  /** That it has none left. */
  readonly full: NebError;
  /** How many instances it has. */
  there(): number;
  creates: number;
  looks: number;
}

/** A cloud that sells one accelerator in two regions. */
export function shop(name: string, clock: TestClock, prices: Readonly<Record<string, string>>): Shop {
  const cloud = memoryCloud({ name, clock, startMs: 0 });
  const refs = new Map<Instance['ref'], number>();
  const self: Shop = {
    name, cloud, refusal: undefined, price: undefined, bootMs: 0, full: new NebError('no_capacity', 'none is left'), there: () => refs.size, creates: 0, looks: 0,
    provider: {
      ...cloud.provider,
      async *offers() {
        self.looks++;
        for (const [region, pricePerHour] of Object.entries(prices)) yield { id: `l4-${region}`, region, accelerator: { name: 'L4', count: 1 }, pricePerHour, spot: false, available: 'yes' } satisfies Offer;
      },
      async create(request, call) {
        self.creates++;
        if (self.refusal) throw self.refusal;
        const made = await cloud.provider.create(request, call);
        if (!refs.has(made.ref)) refs.set(made.ref, clock.now());
        return shown(made);
      },
      async inspect(ref, call) {
        const seen = await cloud.provider.inspect(ref, call);
        return seen && shown(seen);
      },
      async delete(ref, options, call) {
        await cloud.provider.delete(ref, options, call);
        refs.delete(ref);
      },
    },
  };
  function shown(seen: Instance): Instance {
    const isBooting = clock.now() - (refs.get(seen.ref) ?? 0) < self.bootMs;
    const priced = { ...seen, ...(self.price !== undefined && { pricePerHour: self.price }) };
    return isBooting ? { ref: seen.ref, key: seen.key, state: 'pending' } : priced;
  }

  return self;
}
