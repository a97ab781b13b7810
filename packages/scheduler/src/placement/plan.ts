import { type AcceleratorCount, acceleratorVariants, compareMoney, type ContainerSpec, didYouMean, type Offer, type OfferQuery, parseAccelerator } from '@neb/core-types';
import type { Pool, Standing } from './experience.ts';

/** What one platform has for a container. */
export interface Market {
  readonly platform: string;
  /** Why it cannot be used now. */
  readonly missing?: string | undefined;
  /** Why it can never run this container. */
  readonly refusal?: string | undefined;
  /** Whether that was said when it was asked for, and not beforehand. */
  readonly wasAsked?: boolean | undefined;
  readonly offers: readonly Offer[];
}

/** One platform, and its best offer or why it has none. */
export interface Place {
  readonly platform: string;
  readonly fits: boolean;
  readonly why: string;
  readonly pricePerHour?: string | undefined;
}

/** `accelerator` is what of the offer the container gets. */
export interface Choice {
  readonly platform: string;
  readonly offer: Offer;
  readonly accelerator?: AcceleratorCount | undefined;
}

/** An offer as it was judged for a container: what it costs with its risks, or why it is out of the question, and by how much, or is let be for now. */
export interface Candidate extends Choice {
  readonly why?: string | undefined;
  /** How many constraints it met before that one. */
  readonly passed: number;
  /** US dollars an hour, with what refusals, losses and a slow start have to be expected to add. */
  readonly worth: number;
}

/** `wait` is for what may change by itself, `fail` for what only another spec can change. */
export type Plan =
  | ({ readonly do: 'take' } & Choice)
  | { readonly do: 'wait'; readonly reason: string; readonly message: string; readonly afterMs?: number | undefined }
  | { readonly do: 'fail'; readonly reason: string; readonly message: string };

/** What is known besides what is offered. */
export interface Known {
  readonly now: number;
  standing(pool: Pool): Standing;
}

/** Nothing was learnt yet. */
export const newcomer: Known = { now: 0, standing: () => ({ refusals: 0, losses: 0, restUntil: 0, startMs: 0 }) };

/** Where to run a container: the most wanted accelerator that is to be had, where it costs least with its risks; of equal ones the first platform's. */
export function plan(spec: ContainerSpec, markets: readonly Market[], known: Known = newcomer): Plan {
  const open = markets.filter(({ platform }) => spec.platform === undefined || platform === spec.platform);
  if (spec.platform !== undefined && open.length === 0) return unknownPlatform(spec.platform, markets.map((m) => m.platform));
  const { best, soonest } = choose(wish(spec), open, known);
  if (best) return { do: 'take', ...best };

  const why = open.map((market) => `${market.platform}: ${placeOf(spec, market, known).why}`).join('; ').replaceAll('.; ', '; ') || 'no platform is set up';
  if (soonest !== undefined) return { do: 'wait', reason: 'NoCapacity', message: why, afterMs: soonest - known.now };
  const isRefused = open.length > 0 && open.every((market) => market.refusal !== undefined);
  // Who was refused is told so where nobody else sells it: to wait then would be to wait for ever.
  if (isRefused || (open.some((market) => market.wasAsked) && !open.some((market) => sells(wish(spec), market)))) return { do: 'fail', reason: 'Unsupported', message: why };
  const reason = open.some((market) => market.missing === undefined && market.refusal === undefined) ? 'NoCapacity' : 'PlatformNotReady';
  return { do: 'wait', reason, message: why };
}

/** The best that fits and does not rest; else when the first that rests is due again. Looks at an offer at most once, and makes nothing of those that do not fit. */
function choose(wished: Wish, markets: readonly Market[], known: Known): { readonly best?: Choice; readonly soonest?: number } {
  let best: (Choice & { readonly rank: number; readonly worth: number }) | undefined;
  let soonest: number | undefined;
  for (const { platform, missing, refusal, offers } of markets) {
    if ((missing ?? refusal) !== undefined) continue;
    for (const offer of withAny(offers, wished.accelerators)) {
      if (failing(wished, offer) !== undefined) continue;
      const rank = rankOf(wished, offer);
      // Risks only add to a price: what is dearer without them need not be looked up.
      if (best && (rank > best.rank || (rank === best.rank && Number(offer.pricePerHour) >= best.worth))) continue;
      const choice = { platform, offer, accelerator: granted(wished, offer) };
      const standing = known.standing(poolOf(choice));
      const worth = worthOf(offer, standing);
      if (standing.restUntil > known.now) soonest = Math.min(soonest ?? Infinity, standing.restUntil);
      else if (!best || rank < best.rank || worth < best.worth) best = { ...choice, rank, worth };
    }
  }
  return { ...(best && { best: { platform: best.platform, offer: best.offer, accelerator: best.accelerator } }), ...(soonest !== undefined && { soonest }) };
}

/** Whether a platform has it, or will have it again. */
function sells(wished: Wish, { missing, refusal, offers }: Market): boolean {
  if ((missing ?? refusal) !== undefined) return false;
  return offers.some((offer) => (failing(wished, offer) ?? 'stock') === 'stock');
}

/** The offers with one of these accelerators; all where none is asked for. Who has thousands is asked by many containers: they are sorted once. */
function withAny(offers: readonly Offer[], names: ReadonlyMap<string, unknown>): readonly Offer[] {
  if (names.size === 0) return offers;
  const kinds = sorted.get(offers) ?? Map.groupBy(offers, ({ accelerator }) => accelerator?.name ?? '');
  sorted.set(offers, kinds);
  return [...names.keys()].flatMap((name) => kinds.get(name) ?? []);
}

const sorted = new WeakMap<readonly Offer[], Map<string, Offer[]>>();

/** Every offer of these markets, best first, those out of the question last. */
export function candidates(spec: ContainerSpec, markets: readonly Market[], known: Known = newcomer): readonly Candidate[] {
  const wished = wish(spec);
  return markets
    .flatMap(({ platform, missing, refusal, offers }) => (missing ?? refusal) !== undefined ? [] : offers.map((offer) => judged(wished, { platform, offer, known })))
    .sort((a, b) => b.passed - a.passed || a.rank - b.rank || a.worth - b.worth || compareMoney(a.offer.pricePerHour, b.offer.pricePerHour));
}

/** Whether and why a platform fits, in words for the container's author. */
export function placeOf(spec: ContainerSpec, market: Market, known: Known = newcomer): Place {
  const { platform } = market;
  const no = market.refusal ?? market.missing;
  if (no !== undefined) return { platform, fits: false, why: no };
  // The offer that came closest says best what is in the way.
  const [best] = candidates(spec, [market], known);
  if (!best) return { platform, fits: false, why: `offers nothing${accelerated(spec)}` };
  if (best.why !== undefined) return { platform, fits: false, why: best.why, ...(best.passed === constraints.length && { pricePerHour: best.offer.pricePerHour }) };
  const { offer } = best;
  return { platform, fits: true, why: `${offer.id} in ${offer.region}`, pricePerHour: offer.pricePerHour };
}

/** The pool that a choice is bought from. */
export function poolOf({ platform, offer, accelerator }: Choice): Pool {
  return { platform, region: offer.region, accelerator: accelerator && `${accelerator.count}:${accelerator.name}`, spot: offer.spot };
}

/** What to ask platforms for. */
export function offerQuery(spec: ContainerSpec): OfferQuery {
  return {
    accelerators: wanted(spec).flatMap(({ name, count }) => acceleratorVariants(name).map((variant) => ({ name: variant, count }))),
    // Who did not ask for it must not be interrupted by surprise.
    spot: spec.spot ?? false,
    regions: spec.region === undefined ? undefined : [spec.region],
  };
}

/** What a container asks of an offer, read once. */
interface Wish {
  readonly spec: ContainerSpec;
  /** By every name that an accelerator may have; nothing where none is asked for. */
  readonly accelerators: ReadonlyMap<string, { readonly count: number; readonly rank: number }>;
  readonly maxPrice: number;
}

function wish(spec: ContainerSpec): Wish {
  const accelerators = new Map<string, { count: number; rank: number }>();
  for (const [rank, { name, count }] of wanted(spec).entries()) {
    for (const variant of acceleratorVariants(name)) if (!accelerators.has(variant)) accelerators.set(variant, { count, rank });
  }
  return { spec, accelerators, maxPrice: spec.max_price === undefined ? Infinity : Number(spec.max_price) };
}

const constraints = ['accelerators', 'region', 'spot', 'cpus', 'memory', 'price', 'stock'] as const;
type Constraint = (typeof constraints)[number];

/** The first constraint that an offer does not meet. */
function failing({ spec, accelerators, maxPrice }: Wish, offer: Offer): Constraint | undefined {
  const { min_cpu: cpus = 0, min_memory: memory = 0 } = spec.resources ?? {};
  if (accelerators.size > 0 && (accelerators.get(offer.accelerator?.name ?? '')?.count ?? Infinity) > (offer.accelerator?.count ?? 0)) return 'accelerators';
  if (spec.region !== undefined && offer.region !== spec.region) return 'region';
  if (offer.spot !== (spec.spot ?? false)) return 'spot';
  if ((offer.cpus ?? Infinity) < cpus) return 'cpus';
  if ((offer.memoryGiB ?? Infinity) < memory) return 'memory';
  if (Number(offer.pricePerHour) > maxPrice) return 'price';
  return offer.available === 'no' ? 'stock' : undefined;
}

/** Why an offer is out of the question, and by how much. */
function whyNot(constraint: Constraint, { spec }: Wish, offer: Offer): string {
  switch (constraint) {
    case 'accelerators': return `offers nothing${accelerated(spec)}`;
    case 'region': return `offers nothing in region ${spec.region}`;
    case 'spot': return spec.spot ? 'has no interruptible instances' : 'has only interruptible instances, which are taken with spot: true';
    case 'cpus': return `has at most ${offer.cpus} cores where min_cpu asks for ${spec.resources?.min_cpu}`;
    case 'memory': return `has at most ${offer.memoryGiB} GiB of memory where min_memory asks for ${spec.resources?.min_memory}`;
    case 'price': return `costs at least $${offer.pricePerHour}/h where max_price is $${spec.max_price}`;
    case 'stock': return `has ${offer.id} in ${offer.region}, but none is free`;
  }
}

/** How much an offer that fits was wanted: 0 most. */
function rankOf({ accelerators }: Wish, { accelerator }: Offer): number {
  return (accelerator && accelerators.get(accelerator.name)?.rank) ?? 0;
}

/** What of it the container gets. */
function granted({ accelerators }: Wish, { accelerator }: Offer): AcceleratorCount | undefined {
  const match = accelerator && accelerators.get(accelerator.name);
  return match && { name: accelerator.name, count: match.count };
}

interface Judging {
  readonly platform: string;
  readonly offer: Offer;
  readonly known: Known;
}

function judged(wished: Wish, { platform, offer, known }: Judging): Candidate & { readonly rank: number } {
  const failed = failing(wished, offer);
  if (failed !== undefined) return { platform, offer, rank: 0, passed: constraints.indexOf(failed), why: whyNot(failed, wished, offer), worth: Number(offer.pricePerHour) };
  const accelerator = granted(wished, offer);
  const standing = known.standing(poolOf({ platform, offer, accelerator }));
  const restMs = standing.restUntil - known.now;
  const why = restMs > 0 ? `had no ${offer.id} in ${offer.region} when it was asked; it is asked again in ${Math.ceil(restMs / 1_000)} s` : undefined;
  return { platform, offer, accelerator, rank: rankOf(wished, offer), passed: constraints.length, worth: worthOf(offer, standing), why };
}

/** What an hour there comes to: losses cost the work that is done twice, refusals and a slow start the time of who waits. */
function worthOf({ pricePerHour, available }: Offer, { refusals, losses, startMs }: Standing): number {
  const unsure = available === 'yes' ? 0 : unsureStock;
  return Number(pricePerHour) * (1 + unsure + refusals * dearRefusal + losses * dearLoss + startMs / 3_600_000);
}

/** Weights of the above, in parts of the price; the trace in `test/trace.test.ts` measures what they are good for. */
const [unsureStock, dearRefusal, dearLoss] = [0.05, 0.5, 6];

function wanted(spec: ContainerSpec): readonly AcceleratorCount[] {
  return (spec.accelerators ?? []).flatMap((text) => parseAccelerator(text) ?? []);
}

function accelerated(spec: ContainerSpec): string {
  const names = spec.accelerators ?? [];
  return names.length === 0 ? '' : ` with ${names.join(' or ')}`;
}

function unknownPlatform(name: string, known: readonly string[]): Plan {
  return { do: 'fail', reason: 'UnknownPlatform', message: `"${name}" is not a platform of this server.${didYouMean(name, known)} It has ${known.join(', ') || 'none'}.` };
}
