import { type AcceleratorCount, acceleratorVariants, compareMoney, type ContainerSpec, didYouMean, type Offer, type OfferQuery, parseAccelerator } from '@neb/core-types';

/** What one platform has for a container. */
export interface Market {
  readonly platform: string;
  /** Why it cannot be used now. */
  readonly missing?: string | undefined;
  /** Why it can never run this container. */
  readonly refusal?: string | undefined;
  readonly offers: readonly Offer[];
}

/** One platform, and its best offer or why it has none. */
export interface Place {
  readonly platform: string;
  readonly fits: boolean;
  readonly why: string;
  readonly pricePerHour?: string | undefined;
  readonly choice?: Choice | undefined;
}

/** `accelerator` is what of the offer the container gets. */
export interface Choice {
  readonly platform: string;
  readonly offer: Offer;
  readonly accelerator?: AcceleratorCount | undefined;
}

/** `wait` is for what may change by itself, `fail` for what only another spec can change. */
export type Plan =
  | ({ readonly do: 'take' } & Choice)
  | { readonly do: 'wait'; readonly reason: string; readonly message: string }
  | { readonly do: 'fail'; readonly reason: string; readonly message: string };

/** Where to run a container: the most wanted accelerator that is offered, at the lowest price; of equal ones the first platform's. */
export function plan(spec: ContainerSpec, markets: readonly Market[]): Plan {
  const open = markets.filter(({ platform }) => spec.platform === undefined || platform === spec.platform);
  if (spec.platform !== undefined && open.length === 0) return unknownPlatform(spec.platform, markets.map((m) => m.platform));
  const places = open.map((market) => placeOf(spec, market));
  const best = places.flatMap(({ choice }) => choice ?? []).sort((a, b) => rank(spec, a, b))[0];
  if (best) return { do: 'take', ...best };

  const why = places.map((place) => `${place.platform}: ${place.why}`).join('; ') || 'no platform is set up';
  if (open.length > 0 && open.every((market) => market.refusal !== undefined)) return { do: 'fail', reason: 'Unsupported', message: why };
  const reason = open.some((market) => market.missing === undefined && market.refusal === undefined) ? 'NoCapacity' : 'PlatformNotReady';
  return { do: 'wait', reason, message: why };
}

/** Whether and why a platform fits, in words for the container's author. */
export function placeOf(spec: ContainerSpec, market: Market): Place {
  const { platform, offers } = market;
  const no = market.refusal ?? market.missing;
  if (no !== undefined) return { platform, fits: false, why: no };
  const judged = offers.map((offer) => ({ offer, ...judge(spec, offer) }));
  const choices = judged.flatMap(({ offer, accelerator, why }) => (why === undefined ? [{ platform, offer, accelerator }] : []));
  const choice = choices.sort((a, b) => rank(spec, a, b))[0];
  if (choice) return { platform, fits: true, why: `${choice.offer.id} in ${choice.offer.region}`, pricePerHour: choice.offer.pricePerHour, choice };
  // The offer that came closest says best what is in the way.
  const closest = judged.sort((a, b) => b.passed - a.passed)[0];
  return { platform, fits: false, why: closest?.why ?? `offers nothing${accelerated(spec)}` };
}

/** What to ask platforms for. */
export function offerQuery(spec: ContainerSpec): OfferQuery {
  return {
    accelerators: wanted(spec).flatMap(({ name, count }) => acceleratorVariants(name).map((variant) => ({ name: variant, count }))),
    spot: spec.spot,
    regions: spec.region === undefined ? undefined : [spec.region],
  };
}

/** Which constraint an offer fails first, and how many it passed before. */
function judge(spec: ContainerSpec, offer: Offer): { readonly passed: number; readonly why?: string; readonly accelerator?: AcceleratorCount | undefined } {
  const { min_cpu: cpus, min_memory: memory } = spec.resources ?? {};
  const accelerator = acceleratorFrom(spec, offer);
  const checks: readonly (readonly [ok: boolean, why: string])[] = [
    [accelerator !== undefined || wanted(spec).length === 0, `offers nothing${accelerated(spec)}`],
    [spec.region === undefined || offer.region === spec.region, `offers nothing in region ${spec.region}`],
    [spec.spot === undefined || offer.spot === spec.spot, spec.spot ? 'has no interruptible instances' : 'has only interruptible instances'],
    [cpus === undefined || (offer.cpus ?? Infinity) >= cpus, `has at most ${offer.cpus} cores where min_cpu asks for ${cpus}`],
    [memory === undefined || (offer.memoryGiB ?? Infinity) >= memory, `has at most ${offer.memoryGiB} GiB of memory where min_memory asks for ${memory}`],
    [spec.max_price === undefined || compareMoney(offer.pricePerHour, spec.max_price) <= 0, `costs at least $${offer.pricePerHour}/h where max_price is $${spec.max_price}`],
    [offer.available !== 'no', `has ${offer.id} in ${offer.region}, but none is free`],
  ];
  const failed = checks.findIndex(([ok]) => !ok);
  return failed === -1 ? { passed: checks.length, accelerator } : { passed: failed, why: checks[failed]![1] };
}

function rank(spec: ContainerSpec, a: Choice, b: Choice): number {
  return preference(spec, a) - preference(spec, b) || compareMoney(a.offer.pricePerHour, b.offer.pricePerHour);
}

function preference(spec: ContainerSpec, { accelerator }: Choice): number {
  return accelerator ? wanted(spec).findIndex(({ name }) => acceleratorVariants(name).includes(accelerator.name)) : 0;
}

function acceleratorFrom(spec: ContainerSpec, { accelerator }: Offer): AcceleratorCount | undefined {
  if (!accelerator) return undefined;
  const match = wanted(spec).find(({ name, count }) => acceleratorVariants(name).includes(accelerator.name) && count <= accelerator.count);
  return match && { name: accelerator.name, count: match.count };
}

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
