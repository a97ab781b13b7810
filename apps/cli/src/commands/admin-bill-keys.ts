import type { BillKey } from '@neb/sdk';
import type { Attach, Run } from '../verb.ts';

/** `neb admin bill-keys` and `neb admin rotate-bill-key`. */
export const attachBillKeys: Attach = (command, act) => {
  command.command('bill-keys').summary('Show the public keys that bills are, or were, signed with').action(act(show));
  command.command('rotate-bill-key').summary('Have another key sign bills from now on').action(act(rotate));
};

const show: Run<object> = async (session) => {
  const keys = await (await session.neb()).billing.keys(session);
  if (keys.length === 0 && session.out.forPeople) return session.note('No bill was signed yet; the first one makes the key.');
  await session.out.value({ kind: 'List', items: keys }, () => keys.map((key) => `${about(key)}\n${key.public_key}`).join('\n'));
};

const rotate: Run<object> = async (session) => {
  const key = await (await session.neb()).admin.rotateBillKey(session);
  await session.out.value({ kind: 'BillKey', ...key }, () => `${about(key)}\n${key.public_key}What earlier keys signed can be checked as before.\n`);
};

function about({ id, algorithm, made_at: madeAt, retired_at: retiredAt }: BillKey): string {
  return `${id} (${algorithm}), made ${madeAt}, ${retiredAt === undefined ? 'signs now' : `retired ${retiredAt}`}`;
}
