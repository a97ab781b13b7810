import { examples } from '../help/examples.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('Show as whom the server knows you, and where that comes from.', [['neb whoami', ''], ['neb whoami -o json', '']])).action(act(whoami));
};

const whoami: Run<object> = async (session) => {
  const [neb, { server, token }] = await Promise.all([session.neb(), session.settings()]);
  const caller = await neb.whoami(session);
  await session.out.value({ kind: 'Caller', ...caller, server: server.value }, () =>
    `${caller.id}${caller.admin ? ' (administrator)' : ''} at ${server.value}\nown namespace: ${caller.handle}\nroles: ${Object.entries(caller.roles).map(([owner, role]) => `${role} of ${owner}`).join(', ')}\ntoken: from ${token?.origin ?? 'nowhere'}\n`);
};
