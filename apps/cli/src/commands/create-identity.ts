import { NebError, parseDuration, role, type Role, roles, timestamp } from '@neb/core-types';
import type { IdentityKind } from '../kinds/table.ts';
import type { Session } from '../session.ts';

export interface IdentityFlags {
  readonly owner?: string;
  readonly organisation?: string;
  readonly role?: string;
  readonly serviceAccount?: string;
  readonly expires?: string;
  readonly scopeNamespace?: readonly string[];
  readonly scopeVerb?: readonly string[];
  readonly spendCap?: string;
  readonly service?: string;
}

/** Makes an organisation, a service account or a key. */
export async function createIdentity(session: Session, { kind, name }: { readonly kind: IdentityKind; readonly name: string | undefined }, flags: IdentityFlags): Promise<void> {
  if (name === undefined) throw new NebError('invalid', 'a name is missing', { hint: `neb create ${kind.toLowerCase()} NAME` });
  switch (kind) {
    case 'Organisation': return await createOrganisation(session, name, flags);
    case 'ServiceAccount': return await createServiceAccount(session, name, flags);
    case 'Key': return await createKey(session, name, flags);
  }
}

async function createOrganisation(session: Session, name: string, { owner }: IdentityFlags): Promise<void> {
  const made = await (await session.neb()).organisations.create({ name, ...(owner !== undefined && { owner }) }, session);
  await session.out.value({ kind: 'Organisation', ...made }, () => `organisation/${made.name} created\n`);
}

async function createServiceAccount(session: Session, word: string, flags: IdentityFlags): Promise<void> {
  const [name = '', organisation = flags.organisation] = word.split('@');
  if (organisation === undefined) throw new NebError('invalid', 'of which organisation?', { hint: `neb create serviceaccount ${name}@ORGANISATION --role developer` });
  const made = await (await session.neb()).serviceAccounts.create({ organisation, name, role: roleOf(flags.role) }, session);
  await session.out.value({ kind: 'ServiceAccount', ...made }, () => `serviceaccount/${made.id} created\n`);
  session.note(`Next: neb create key NAME --service-account ${made.id}`);
}

async function createKey(session: Session, name: string, flags: IdentityFlags): Promise<void> {
  if (flags.service !== undefined) return await (await import('./door-keys.ts')).createDoorKey(session, name, flags);
  const { owner, serviceAccount, scopeNamespace: namespaces, scopeVerb: verbs, spendCap } = flags;
  const { key, token } = await (await session.neb()).keys.create({
    name,
    ...(owner !== undefined && { owner }),
    ...(serviceAccount !== undefined && { service_account: serviceAccount }),
    ...((namespaces ?? verbs) && { scope: { ...(namespaces && { namespaces }), ...(verbs && { verbs }) } }),
    ...(spendCap !== undefined && { spend_cap: spendCap }),
    ...(flags.expires !== undefined && { expires_at: expiryOf(session, flags.expires) }),
  }, session);
  // The token alone on stdout, so that it can go straight to where it is kept.
  await session.out.value({ kind: 'Key', ...key, token }, () => `${token}\n`);
  session.note(`key/${key.id} created. Its token is shown this once; neb delete key ${key.id} revokes it.`);
}

/** The role that a flag names. Throws `invalid`. */
export function roleOf(word: string | undefined): Role {
  const parsed = role.safeParse(word);
  if (parsed.success) return parsed.data;
  throw new NebError('invalid', word === undefined ? 'in which role?' : `there is no role ${word}`, { hint: `--role takes ${roles.join(', ')}.` });
}

/** When a key made now is over that lives as long as `--expires` says. Throws `invalid`. */
export function expiryOf({ world }: Session, text: string): string {
  const ms = parseDuration(text);
  if (ms !== undefined) return timestamp(world.clock.now() + ms);
  throw new NebError('invalid', `--expires ${text} is not a duration`, { hint: 'Write 30d, 12h or 90m.' });
}
