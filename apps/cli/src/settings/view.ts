import type { Session } from '../session.ts';
import { userFile } from './files.ts';
import type { Setting } from './settings.ts';

/** Shows the settings in force; of the token only enough to know it again. */
export async function viewSettings(session: Session, origin: boolean): Promise<void> {
  const { context, server, token, namespace } = await session.settings();
  const rows: readonly (readonly [string, Setting])[] = [
    ['context', context ?? { value: '', origin: 'not set' }],
    ['server', server],
    ['token', token ? { value: masked(token.value), origin: token.origin } : { value: '', origin: 'not set' }],
    ['namespace', namespace ?? { value: '', origin: 'not set: your own for names, all for lists' }],
    ['data_dir', { value: session.world.env.dataDir, origin: session.world.env.all.NEB_DATA_DIR ? 'NEB_DATA_DIR' : 'default' }],
    ['config', { value: userFile(session.world.env), origin: 'default' }],
  ];
  const items = rows.map(([name, setting]) => ({ name, value: setting.value, origin: setting.origin }));
  const facts = Object.fromEntries(items.map(({ name, value, origin: from }) => [name, origin ? { value, origin: from } : value]));
  if (session.out.format.do !== 'table' && session.out.format.do !== 'wide') return session.out.value({ kind: 'Config', ...facts }, () => items.map(({ name }) => `${name}\n`).join(''));
  await session.out.list({
    items, name: ({ name }) => name, id: ({ name }) => name,
    columns: [
      { title: 'SETTING', cell: ({ name }) => name },
      { title: 'VALUE', cell: ({ value }) => value },
      ...(origin || session.out.format.do === 'wide' ? [{ title: 'ORIGIN', cell: ({ origin: from }: { readonly origin: string }) => from }] : []),
    ],
  });
}

/** The ends of a token; of a short one nothing. */
function masked(token: string): string {
  return token.length < 16 ? '****' : `${token.slice(0, 4)}...${token.slice(-4)}`;
}
