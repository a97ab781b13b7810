import { NebError } from '@neb/core-types';
import type { MemberView } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { memberColumns } from '../kinds/identity.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';
import { roleOf } from './create-identity.ts';

interface Flags {
  readonly role?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<organisation>')
    .argument('[what]', 'add, set or remove; a list if absent')
    .argument('[email]', 'whom')
    .option('--role <role>', 'owner, admin, developer, viewer or billing')
    .addHelpText('before', examples('Show and change who belongs to an organisation. Its last owner stays.', [
      ['neb members acme', ''],
      ['neb members acme add ada@example.com --role developer', 'one who has never been here is invited'],
      ['neb members acme set ada@example.com --role admin', ''],
      ['neb members acme remove ada@example.com', 'yourself too'],
    ]))
    .action(act<Flags>(members));
};

const members: Run<Flags> = async (session, { words, options }) => {
  const [organisation = '', what, user] = words;
  const neb = await session.neb();
  if (what === undefined) return await list(session, await neb.members.list(organisation, session));
  if (user === undefined) throw new NebError('invalid', `${what} whom?`, { hint: `neb members ${organisation} ${what} EMAIL` });
  switch (what) {
    case 'add': return await told(session, await neb.members.add({ organisation, user, role: roleOf(options.role) }, session), 'added');
    case 'set': return await told(session, await neb.members.set({ organisation, user, role: roleOf(options.role) }, session), 'changed');
    case 'remove': return await told(session, await neb.members.remove({ organisation, user }, session), 'removed');
    default: throw new NebError('invalid', `"${what}" is not what can be done with a member`, { hint: 'There are add, set and remove.' });
  }
};

async function list(session: Session, items: readonly MemberView[]): Promise<void> {
  if (items.length === 0 && session.out.format.do === 'table') return session.note('No members.');
  await session.out.list({ items, columns: memberColumns(session.moment()), name: ({ user }) => `member/${user}`, id: ({ user }) => user });
}

async function told({ out }: Session, member: MemberView, outcome: string): Promise<void> {
  await out.value({ kind: 'Member', ...member, outcome }, () => `${member.user} ${outcome}${outcome === 'removed' ? ` from ${member.organisation}` : `: ${member.role} of ${member.organisation}`}\n`);
}
