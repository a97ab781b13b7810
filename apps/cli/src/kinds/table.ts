import { didYouMean, NebError } from '@neb/core-types';

/** A kind of thing that commands name. */
export interface KindEntry {
  readonly kind: string;
  readonly singular: string;
  readonly plural: string;
  readonly short: readonly string[];
  readonly namespaced: boolean;
  /** `object`: made, kept and deleted. `view`: what the server tells. `identity`: who there is, made and deleted by calls of its own. `later`: the original's, not served yet. */
  readonly is: 'object' | 'view' | 'identity' | 'later';
}

/**
 * The kinds by name, without their schemas, so that commands which only name them start fast.
 * A test holds it to the kinds of core-types.
 */
export const kindTable = [
  { kind: 'Container', singular: 'container', plural: 'containers', short: ['co', 'c'], namespaced: true, is: 'object' },
  { kind: 'Namespace', singular: 'namespace', plural: 'namespaces', short: ['ns'], namespaced: false, is: 'object' },
  { kind: 'Secret', singular: 'secret', plural: 'secrets', short: ['sec'], namespaced: true, is: 'object' },
  { kind: 'Processor', singular: 'processor', plural: 'processors', short: ['proc'], namespaced: true, is: 'object' },
  { kind: 'Service', singular: 'service', plural: 'services', short: ['svc'], namespaced: true, is: 'object' },
  { kind: 'Snapshot', singular: 'snapshot', plural: 'snapshots', short: ['snap'], namespaced: true, is: 'object' },
  { kind: 'Budget', singular: 'budget', plural: 'budgets', short: ['bud'], namespaced: true, is: 'object' },
  { kind: 'Volume', singular: 'volume', plural: 'volumes', short: ['vol'], namespaced: true, is: 'later' },
  { kind: 'Organisation', singular: 'organisation', plural: 'organisations', short: ['org', 'orgs', 'organization', 'organizations'], namespaced: false, is: 'identity' },
  { kind: 'ServiceAccount', singular: 'serviceaccount', plural: 'serviceaccounts', short: ['sa', 'service-account', 'service-accounts'], namespaced: false, is: 'identity' },
  { kind: 'Key', singular: 'key', plural: 'keys', short: ['apikey', 'apikeys', 'api-key', 'api-keys'], namespaced: false, is: 'identity' },
  { kind: 'User', singular: 'user', plural: 'users', short: [], namespaced: false, is: 'view' },
  { kind: 'Event', singular: 'event', plural: 'events', short: ['ev'], namespaced: true, is: 'view' },
  { kind: 'Audit', singular: 'audit', plural: 'audit', short: [], namespaced: true, is: 'view' },
  { kind: 'Quota', singular: 'quota', plural: 'quotas', short: [], namespaced: false, is: 'view' },
  { kind: 'Platform', singular: 'platform', plural: 'platforms', short: ['plat'], namespaced: false, is: 'view' },
  { kind: 'Accelerator', singular: 'accelerator', plural: 'accelerators', short: ['acc'], namespaced: false, is: 'view' },
] as const satisfies readonly KindEntry[];

type Entry = (typeof kindTable)[number];
/** Kinds that this server makes, keeps and deletes. */
export type ObjectKind = Extract<Entry, { is: 'object' }>['kind'];
/** Who there is. */
export type IdentityKind = Extract<Entry, { is: 'identity' }>['kind'];
/** Kinds that `get` can show. */
export type ShownKind = Exclude<Entry, { is: 'later' }>['kind'];

/** The kind that `text` names. Throws `invalid` for none, `unsupported` for one that is not served yet. */
export function shownKind(text: string): Exclude<Entry, { is: 'later' }> {
  const entry = findKind(text);
  if (!entry) throw unknownKind(text);
  if (entry.is === 'later') throw notYet(entry);
  return entry;
}

/** As `shownKind`, of what can be made and deleted. Throws `invalid` for views too. */
export function objectKind(text: string): Extract<Entry, { is: 'object' }> {
  const entry = shownKind(text);
  if (entry.is === 'object') return entry;
  if (entry.is === 'identity') throw new NebError('invalid', `${entry.plural} have no manifests`, { hint: `neb get, create and delete know them.` });
  throw new NebError('invalid', `${entry.plural} can only be looked at`, { hint: `neb get ${entry.plural}` });
}

/** The kind of who there is that `text` names; `undefined` if it is another. */
export function identityKind(text: string): IdentityKind | undefined {
  const entry = findKind(text);
  return entry?.is === 'identity' ? entry.kind : undefined;
}

/** The entry that `text` names in any of its spellings; `undefined` if none. */
export function findKind(text: string): Entry | undefined {
  const wanted = text.toLowerCase();
  return kindTable.find((entry) => entry.singular === wanted || entry.plural === wanted || entry.short.some((short) => short === wanted));
}

/** The entry of a manifest's `kind`. */
export function kindEntry(kind: Entry['kind']): KindEntry {
  return kindTable.find((entry) => entry.kind === kind)!;
}

function unknownKind(text: string): NebError {
  const names: readonly string[] = kindTable.flatMap((entry) => [entry.singular, entry.plural]);
  return new NebError('invalid', `"${text}" is not a kind of object.${didYouMean(text, names)}`, { hint: 'neb api-resources lists them.' });
}

/** What asking for a kind of a later version answers. */
export function notYet(entry: { readonly plural: string }): NebError {
  return new NebError('unsupported', `${entry.plural} are not served by this version of neb yet`, { hint: 'neb api-resources lists the kinds that are.' });
}
