import { attempt, auditRecord, type Budget, budget, type Caller, type Container, container, type ContainerRow, containerRow, containerStatus, type ErrorCode, errorCodes, event, type Kind, kindNames, metadata, type Namespace, namespace, type Problem, quota, role, type Secret, secret } from '@neb/core-types';
import { z } from 'zod';
import type { KeyRotation, QuotaView } from './administration.ts';
import type { CandidateView, MoveView, OffersView, OfferView, PlatformView, PricedPlaceView } from './places.ts';
import type { Applied, Explanation, Listed, Watched } from './services.ts';

/** Lets through only what an output may hold. Throws what the client sees as `internal`. */
export type Show<T> = (value: unknown) => T;

/** By its schema: for answers that are small or must not hold a field too many, such as a secret's value. */
export function shownBy<T>(schema: z.ZodType<T>): Show<T> {
  return (value) => schema.parse(value);
}

const metadataKeys = Object.keys(metadata.shape);

/**
 * By its known fields only: running 5,000 containers through their schema takes 250 to 440 ms, this takes 15.
 * Nothing that is not a field of the kind, its metadata or its status gets out.
 */
export function known<T>(kind: Kind, { top, status }: { readonly top: readonly string[]; readonly status: readonly string[] }): Show<T> {
  return (value) => {
    const shown = only(value, top);
    if (shown.kind !== kind) throw new Error(`an answer holds what is not a ${kind}`);
    shown.metadata = only(shown.metadata, metadataKeys);
    shown.status = only(shown.status, status);
    return shown as T;
  };
}

export const showContainer: Show<Container> = known<Container>('Container', { top: Object.keys(container.shape), status: Object.keys(containerStatus.shape) });
/** A container's row: again by its known fields only. */
export const showContainerRow: Show<ContainerRow> = (value) => containerRow(value as ContainerRow);
export const showBudget: Show<Budget> = shownBy(budget);
export const showNamespace: Show<Namespace> = shownBy(namespace);
export const showSecret: Show<Secret> = shownBy(secret);

export function listed<T>(show: Show<T>): Show<Listed<T>> {
  return (value) => {
    const { items, next, position } = page.extend({ position: z.string() }).parse(value);
    return { items: items.map(show), position, ...(next !== undefined && { next }) };
  };
}

export function watched<T>(entry: Watched<T>, show: Show<T>): Watched<T> {
  return entry.do === 'changed' ? { do: 'changed', position: entry.position, object: show(entry.object) } : entry;
}

const fields = z.record(z.string(), z.unknown());
const kind = z.enum(kindNames as readonly [Kind, ...Kind[]]);
const page = z.object({ items: z.array(z.unknown()), next: z.string().optional() });

export const version = z.object({ version: z.string(), fleet: z.string(), database: z.string() });

const candidate = z.object({
  platform: z.string(),
  offer: z.string(),
  region: z.string(),
  accelerator: z.string().optional(),
  price_per_hour: z.string().describe('US dollars as a decimal string.'),
  spot: z.boolean(),
  fits: z.boolean(),
  why: z.string().optional(),
}) satisfies z.ZodType<CandidateView>;

const pricedPlace = z.object({ platform: z.string(), region: z.string(), price_per_hour: z.string().describe('US dollars as a decimal string.') }) satisfies z.ZodType<PricedPlaceView>;
const moveView = z.object({
  decision: z.enum(['move', 'stay']),
  why: z.string(),
  here: pricedPlace.optional(),
  there: pricedPlace.optional().describe('The cheapest place where it would go on.'),
  takes: z
    .object({ known: z.enum(['measured', 'assumed']).describe('At its last move, or from its memory.'), took_ms: z.number(), down_ms: z.number().describe('Of that, how long it stands still.'), size_bytes: z.number().optional().describe('Of its snapshot.') })
    .optional(),
  costs: z.string().optional().describe('What a move costs, in US dollars.'),
  saves_per_hour: z.string().optional(),
  break_even_ms: z.number().optional().describe('How long it has to run there until the move has paid for itself.'),
  remaining_ms: z.number().optional().describe('How long it is expected to run on.'),
  cheaper_for_ms: z.number().optional().describe('For how long the other place has been cheaper by enough, as far as this server has seen.'),
}) satisfies z.ZodType<MoveView>;

export const applied = z.object({
  kind,
  outcome: z.enum(['created', 'configured', 'unchanged', 'replaced']),
  id: z.string().optional(),
  namespace: z.string(),
  name: z.string(),
  before: fields.optional(),
  after: fields,
  changes: z.array(z.string()).describe('Fields that differ, as dotted paths.'),
  restarts: z.boolean().describe('Whether the changes need a new instance.'),
  warnings: z.array(z.string()),
  candidates: z.array(candidate).optional().describe('In a dry run: where a container could run, best first.'),
}) satisfies z.ZodType<Applied>;

export const problem = z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() }) satisfies z.ZodType<Problem>;

export const usage = z.object({
  cpus: z.number().describe('Of one core: 1.5 is a core and a half.'),
  memoryBytes: z.number(),
  memoryLimitBytes: z.number().optional(),
  rxBytes: z.number().optional(),
  txBytes: z.number().optional(),
});

const taken = z.object({ containers: z.number(), accelerators: z.number(), cpu: z.number().describe('Cores.'), memory: z.number().describe('GiB.'), volumes: z.number() });
export const quotaView = z.object({ of: z.enum(['owner', 'namespace']), name: z.string(), quota, usage: taken }) satisfies z.ZodType<QuotaView>;

export const explanation = z.object({
  container: z.unknown().transform(showContainer),
  attempts: z.array(attempt),
  events: z.array(event),
  places: z.array(z.object({ platform: z.string(), fits: z.boolean(), why: z.string(), pricePerHour: z.string().optional() })),
  candidates: z.array(candidate),
  move: moveView.optional().describe('Whether it is moved to a cheaper place, where its manifest has `migrate`.'),
}) satisfies z.ZodType<Explanation>;

export const eventPage = z.object({ items: z.array(event), next: z.string().optional() });

export const keyRotation = z.object({
  rewrapped: z.number().describe('Data keys that were wrapped anew.'),
  made: z.boolean().describe('Whether a new key was made; false where the environment gives the key.'),
}) satisfies z.ZodType<KeyRotation>;

export const auditPage = z.object({ items: z.array(auditRecord), next: z.string().optional() });

export const platform = z.object({
  name: z.string(),
  ready: z.boolean(),
  message: z.string().optional().describe('What is missing, and how to get it.'),
  needs: z.array(z.string()).readonly().optional().describe('The variables that would set it up.'),
  capabilities: z.array(z.string()),
  lacks: z.array(z.object({ capability: z.string(), why: z.string() })).readonly().optional().describe('What it could do besides, and what is missing for it.'),
  running: z.number(),
}) satisfies z.ZodType<PlatformView>;

export const offer = z.object({
  platform: z.string(),
  region: z.string(),
  also_in: z.array(z.string()).readonly().optional().describe('Further regions with the very same.'),
  type: z.string().optional().describe('What the platform calls the machine.'),
  accelerator: z.string().optional(),
  count: z.number(),
  memory_gib: z.number().optional(),
  cpus: z.number().optional(),
  ram_gib: z.number().optional(),
  price_per_hour: z.string().optional().describe('US dollars, on demand.'),
  spot_price_per_hour: z.string().optional().describe('The same of what may be taken back.'),
  available: z.enum(['yes', 'no', 'unknown']),
  from: z.enum(['live', 'catalogue']),
  source: z.string().optional().describe('Whose figures these are, where not the platform\'s own.'),
  as_of: z.string().optional().describe('When they were so, as exactly as the source tells.'),
}) satisfies z.ZodType<OfferView>;

const errorCode = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]);
export const offersOutput = z.object({
  offers: z.array(offer).readonly().describe('Cheapest first, those without a price last.'),
  unanswered: z.array(z.object({ platform: z.string(), code: errorCode, message: z.string(), hint: z.string().optional() })).readonly()
    .describe('Platforms that are set up and did not answer; of them the catalogue speaks, where it can.'),
}) satisfies z.ZodType<OffersView>;

const scope = z.object({ namespaces: z.array(z.string()).readonly().optional(), verbs: z.array(z.string()).readonly().optional() });
export const whoami = z.object({
  id: z.string(),
  handle: z.string(),
  roles: z.record(z.string(), role).describe('By owner: itself and its organisations.'),
  admin: z.boolean(),
  scope: scope.optional().describe('What the key it came with is narrowed down to.'),
  credential: z.string().optional().describe('The key or session it came with.'),
}) satisfies z.ZodType<Caller>;

export const revealed = z.object({ value: z.string() });

function only(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('an answer lacks a part of an object');
  const from = value as Readonly<Record<string, unknown>>;
  const kept: Record<string, unknown> = {};
  for (const key of keys) if (from[key] !== undefined) kept[key] = from[key];
  return kept;
}
