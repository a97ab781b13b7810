import { isNebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { changeContexts, readContexts, userFile } from '../settings/files.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('End a login, here and on the server. A key is forgotten here, and goes on until it is revoked.', [['neb logout', ''], ['neb logout --context prod', '']])).action(act(logout));
};

const logout: Run<object> = async (session) => {
  const { context, server, token } = await session.settings();
  const ended = token ? await endThere(session) : false;
  const forgotten = context ? await forget(session, context.value) : false;
  await session.out.value({ kind: 'Logout', server: server.value, context: context?.value, ended, forgotten }, () =>
    `${ended ? `Logged out at ${server.value}` : 'There was no login to end'}${forgotten ? `; the context ${context?.value} has no token any more` : ''}\n`);
  if (token && !forgotten) session.note(`The token from ${token.origin} stays where it is.`);
};

/** A server that is away, or does not know the token, does not keep it from being forgotten. */
async function endThere(session: Session): Promise<boolean> {
  try {
    return (await (await session.neb()).logout(session)).ended;
  } catch (error) {
    if (!isNebError(error, 'unauthenticated') && !isNebError(error, 'unavailable')) throw error;
    session.warn(`the server did not end the login: ${error.message}`);
    return false;
  }
}

async function forget({ world }: Session, name: string): Promise<boolean> {
  const known = (await readContexts(world.env)).all.get(name);
  if (!known || known.file !== userFile(world.env) || (known.token === undefined && known.tokenFile === undefined)) return false;
  await changeContexts(world.env, { do: 'forget', name });
  return true;
}
