import { isNebError, NebError } from '@neb/core-types';
import { confirmByName } from '../ask.ts';
import type { IdentityKind } from '../kinds/table.ts';
import type { Session } from '../session.ts';
import { identityTargets, type Target } from '../targets.ts';

interface Flags {
  readonly service?: string;
  readonly yes?: boolean;
  readonly ignoreNotFound?: boolean;
}

/** Deletes organisations and service accounts, and revokes keys. */
export async function deleteIdentities(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  for (const target of identityTargets(words)) await deleteThose(session, target, flags);
}

async function deleteThose(session: Session, { kind, names }: Target<IdentityKind>, { yes, ignoreNotFound, service }: Flags): Promise<void> {
  if (service !== undefined && kind !== 'Key') throw new NebError('invalid', '--service is for keys', { hint: 'neb delete key ID --service NAME' });
  if (names.length === 0) throw new NebError('invalid', 'delete which?', { hint: kind === 'Key' ? `neb get keys${service === undefined ? '' : ` --service ${service}`} tells their ids.` : 'Name them.' });
  if (service !== undefined) {
    const revoked = await (await import('./door-keys.ts')).revokeDoorKeys(session, names, { service, ...(ignoreNotFound !== undefined && { ignoreNotFound }) });
    return await tell(session, revoked.map((name) => ({ kind, name, outcome: 'revoked' })));
  }
  const items: Outcome[] = [];
  for (const name of names) {
    if (kind === 'Organisation') await confirmByName(session, { name, question: `Delete organisation ${name} with its members, service accounts and their keys? Its name is never given again.` }, yes);
    try {
      await remove(session, kind, name);
    } catch (error) {
      if (!ignoreNotFound || !isNebError(error, 'not_found')) throw error;
      continue;
    }
    items.push({ kind, name, outcome: kind === 'Key' ? 'revoked' : 'deleted' });
  }
  await tell(session, items);
}

interface Outcome {
  readonly kind: IdentityKind;
  readonly name: string;
  readonly outcome: string;
}

async function tell({ out }: Session, items: readonly Outcome[]): Promise<void> {
  const title = ({ kind, name }: Outcome): string => `${kind.toLowerCase()}/${name}`;
  if (out.forPeople) return out.write(items.map((one) => `${title(one)} ${one.outcome}\n`).join(''));
  await out.list({ items, name: title, id: ({ name }) => name, columns: [{ title: 'KIND', cell: (r) => r.kind }, { title: 'NAME', cell: (r) => r.name }, { title: 'OUTCOME', cell: (r) => r.outcome }] });
}

async function remove(session: Session, kind: IdentityKind, name: string): Promise<unknown> {
  const neb = await session.neb();
  switch (kind) {
    case 'Organisation': return await neb.organisations.delete(name, session);
    case 'ServiceAccount': return await neb.serviceAccounts.delete(name, session);
    case 'Key': return await neb.keys.revoke(name, session);
  }
}
