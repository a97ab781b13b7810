import { acceleratorVariants, type AcceleratorCount, type Call, type Offer, type OfferQuery } from '@neb/core-types';
import type { Engine } from './engine.ts';
import { devicesOf } from './gpus.ts';
import type { HostFacts } from './host-facts.ts';

/** What a host has, as offers: one without an accelerator, and one for each accelerator that is asked for or declared. */
export async function offersOf(engine: Pick<Engine, 'host' | 'facts' | 'gpus'>, query: OfferQuery, call?: Call): Promise<readonly Offer[]> {
  if (query.spot === true || (query.regions && query.regions.length > 0 && !query.regions.includes(engine.host))) return [];
  const facts = await engine.facts.read(call?.signal);
  const base = { region: engine.host, cpus: facts.cpus, memoryGiB: facts.memoryGiB, pricePerHour: '0', spot: false } as const;
  const wanted = query.accelerators ?? [];
  const asked = wanted.length > 0 ? wanted.flatMap(({ name, count }) => acceleratorVariants(name).map((variant) => ({ name: variant, count }))) : facts.accelerators;
  const found = facts.gpuRuntime && asked.length > 0 ? withAccelerators(facts, await engine.gpus.free(facts, call?.signal), asked) : [];
  const plain: Offer[] = wanted.length > 0 ? [] : [{ ...base, id: engine.host, available: 'yes' }];
  return [...plain, ...found.map((offer) => ({ ...base, id: `${engine.host}:${offer.accelerator.name}:${offer.accelerator.count}`, ...offer }))];
}

interface Found {
  readonly accelerator: NonNullable<Offer['accelerator']>;
  readonly available: Offer['available'];
}

function withAccelerators(facts: HostFacts, free: readonly string[] | undefined, asked: readonly AcceleratorCount[]): readonly Found[] {
  return asked.flatMap(({ name, count }) => {
    const declared = facts.accelerators.find((accelerator) => accelerator.name === name);
    if (facts.accelerators.length > 0 && (declared?.count ?? 0) < count) return [];
    if (facts.gpuCount !== undefined && facts.gpuCount < count) return [];
    const accelerator = { name, count, memoryGiB: declared?.memoryGiB };
    const enough = free && free.filter((id) => devicesOf(facts, name).includes(id)).length >= count;
    // Engines tell that there are GPUs, at best how many, and never which: only their operator knows.
    const available = enough === false ? 'no' : declared ? 'yes' : 'unknown';
    return [{ accelerator, available }] as const;
  });
}
