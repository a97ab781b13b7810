import { isNebError, NebError } from '@neb/core-types';
import type { DoorKeyView, ObjectRef } from '@neb/sdk';
import { find, refTo } from '../objects.ts';
import { age } from '../render/age.ts';
import type { Session } from '../session.ts';
import { oneService, type Target } from '../targets.ts';
import { expiryOf, type IdentityFlags } from './create-identity.ts';

/** Makes a key that opens the door of one service, and prints its token. */
export async function createDoorKey(session: Session, name: string, flags: IdentityFlags): Promise<void> {
  const other = (['owner', 'serviceAccount', 'scopeNamespace', 'scopeVerb', 'spendCap'] as const).find((flag) => flags[flag] !== undefined);
  if (other) throw new NebError('invalid', `--${other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is for keys of people and service accounts`, { hint: 'A key of a service opens its door, and nothing else.' });
  const { neb, ref, at } = await serviceOf(session, flags.service!);
  const { key, token } = await neb.services.keys.create(ref, { name, ...(flags.expires !== undefined && { expires_at: expiryOf(session, flags.expires) }) }, session);
  // The token alone on stdout, so that it can go straight to where it is kept.
  await session.out.value({ kind: 'Key', ...key, token }, () => `${token}\n`);
  session.note(`key/${key.id} of ${at} created. Its token is shown this once; neb delete key ${key.id} --service ${flags.service} revokes it.`);
}

/** Lists the keys of a service's door. */
export async function listDoorKeys(session: Session, wanted: readonly Target[], service: string): Promise<void> {
  const [target, ...more] = wanted;
  if (target?.kind !== 'Key' || more.length > 0) throw new NebError('invalid', '--service is for keys', { hint: 'neb get keys --service NAME' });
  const { neb, ref, at } = await serviceOf(session, service);
  const all = await neb.services.keys.list(ref, session);
  const items = target.names.length === 0 ? all : target.names.map((id) => all.find((one) => one.id === id) ?? missing(id, at));
  const { now } = session.moment();
  if (items.length === 0 && session.out.forPeople) return session.note(`No keys of ${at}. neb create key NAME --service ${service} makes one.`);
  await session.out.list<DoorKeyView>({
    items, name: ({ id }) => `key/${id}`, id: ({ id }) => id, single: target.names.length === 1,
    columns: [
      { title: 'ID', cell: (k) => k.id },
      { title: 'NAME', cell: (k) => k.name },
      { title: 'EXPIRES', cell: (k) => k.expires_at ?? 'never', data: (k) => k.expires_at },
      { title: 'AGE', cell: (k) => age(k.created_at, now), data: (k) => k.created_at, side: 'right' },
      { title: 'CREATED BY', cell: (k) => k.created_by, shrinks: true },
    ],
  });
}

/** Revokes keys of a service's door, by their ids. */
export async function revokeDoorKeys(session: Session, ids: readonly string[], { service, ignoreNotFound }: { readonly service: string; readonly ignoreNotFound?: boolean }): Promise<readonly string[]> {
  const { neb, ref } = await serviceOf(session, service);
  const revoked: string[] = [];
  for (const id of ids) {
    try {
      await neb.services.keys.revoke(ref, id, session);
    } catch (error) {
      if (!ignoreNotFound || !isNebError(error, 'not_found')) throw error;
      continue;
    }
    revoked.push(id);
  }
  return revoked;
}

async function serviceOf(session: Session, word: string): Promise<{ readonly neb: Awaited<ReturnType<Session['neb']>>; readonly ref: ObjectRef; readonly at: string }> {
  const service = await find(session, 'Service', oneService([word], '--service NAME'));
  return { neb: await session.neb(), ref: refTo(service), at: `service/${service.metadata.name}` };
}

function missing(id: string, at: string): never {
  throw new NebError('not_found', `${at} has no key ${id}`);
}
