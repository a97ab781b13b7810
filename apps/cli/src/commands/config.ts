import { didYouMean, NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { changeContexts, readContexts, userFile } from '../settings/files.ts';
import { withScheme } from '../settings/settings.ts';
import type { Session } from '../session.ts';
import type { Attach, Run } from '../verb.ts';
import { viewSettings } from '../settings/view.ts';

interface SetFlags {
  readonly tokenFile?: string;
  readonly use?: boolean;
}

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('Show and change servers and namespaces. A flag wins over the environment, over .neb.yaml of the project, over the context.', [
    ['neb config view --origin', 'what is in force, and who said so'],
    ['neb config set-context prod --server https://neb.acme.dev --namespace training', ''],
    ['neb config use-context prod', ''],
  ]));
  command.command('view').summary('Show the settings in force').option('--origin', 'with where each comes from').action(act<{ origin?: boolean }>((session, { options }) => viewSettings(session, options.origin ?? false)));
  command.command('get-contexts').summary('List contexts').action(act(list));
  command.command('current-context').summary('Name the context in use').action(act(current));
  command.command('use-context').summary('Use a context from now on').argument('<name>').action(act((session, { words }) => useContext(session, words[0]!)));
  command
    .command('set-context').summary('Make or change a context; takes --server and --namespace').argument('<name>')
    .option('--token-file <file>', 'file with the token').option('--use', 'use it from now on')
    .action(act<SetFlags>(set));
  command.command('delete-context').summary('Forget a context').argument('<name>').action(act(drop));
};

const list: Run<object> = async (session) => {
  const { current: inUse, all } = await readContexts(session.world.env);
  const items = [...all].map(([name, { server, namespace, file }]) => ({ name, current: name === inUse, server, namespace, file }));
  if (items.length === 0 && session.out.format.do === 'table') return session.note('No contexts. neb up makes one for this machine, neb login URL one for a server.');
  await session.out.list({
    items, name: ({ name }) => `context/${name}`, id: ({ name }) => name,
    columns: [
      { title: 'CURRENT', cell: ({ current: is }) => (is ? '*' : ' ') },
      { title: 'NAME', cell: ({ name }) => name },
      { title: 'SERVER', cell: ({ server }) => server },
      { title: 'NAMESPACE', cell: ({ namespace }) => namespace ?? '' },
      { title: 'FILE', cell: ({ file }) => file, wide: true },
    ],
  });
};

const current: Run<object> = async (session) => {
  const { context } = await session.settings();
  if (!context) throw new NebError('not_found', 'no context is in use', { hint: 'neb config use-context NAME chooses one.' });
  await session.out.value({ kind: 'Context', name: context.value }, () => `${context.value}\n`);
};

/** Uses a context from now on. Throws `not_found` with the nearest one. */
export async function useContext(session: Session, name: string): Promise<void> {
  const { all } = await readContexts(session.world.env);
  const found = all.get(name);
  if (!found) throw new NebError('not_found', `there is no context "${name}".${didYouMean(name, all.keys())}`, { hint: 'neb config get-contexts lists them.' });
  // One of the original's file is taken over, since only ours says which is in use.
  const { file: _, ...context } = found;
  await changeContexts(session.world.env, { do: 'put', name, context, use: true });
  await session.out.value({ kind: 'Context', name, server: found.server }, () => `The context ${name} is now in use\n`);
}

const set: Run<SetFlags> = async (session, { words, options }) => {
  const [name = ''] = words;
  const { server, namespace, token } = session.flags;
  const { all } = await readContexts(session.world.env);
  if (server === undefined && !all.has(name)) throw new NebError('invalid', `the new context ${name} needs a server`, { hint: `neb config set-context ${name} --server URL` });
  await changeContexts(session.world.env, {
    do: 'put', name, use: options.use ?? false,
    context: { ...(server !== undefined && { server: withScheme(server) }), namespace, token, tokenFile: options.tokenFile },
  });
  await session.out.value({ kind: 'Context', name, file: userFile(session.world.env) }, () => `The context ${name} is ${all.has(name) ? 'changed' : 'made'}\n`);
};

const drop: Run<object> = async (session, { words }) => {
  const [name = ''] = words;
  const { all } = await readContexts(session.world.env);
  if (!all.has(name)) throw new NebError('not_found', `there is no context "${name}".${didYouMean(name, all.keys())}`);
  await changeContexts(session.world.env, { do: 'drop', name });
  await session.out.value({ kind: 'Context', name, outcome: 'deleted' }, () => `The context ${name} is forgotten\n`);
};
