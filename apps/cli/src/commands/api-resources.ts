import { examples } from '../help/examples.ts';
import { kindTable, type KindEntry } from '../kinds/table.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('List the kinds of objects and the names they go by.', [['neb api-resources', '']])).action(act(list));
};

const verbs = { object: 'create, apply, get, describe, edit, delete, wait', view: 'get', identity: 'create, get, delete', later: '' } as const;

const list: Run<object> = async ({ out }) => {
  const items: readonly KindEntry[] = kindTable;
  await out.list({
    items: items.map((entry) => ({ kind: entry.kind, name: entry.plural, singular: entry.singular, short: entry.short, namespaced: entry.namespaced, served: entry.is !== 'later', verbs: verbs[entry.is] === '' ? [] : verbs[entry.is].split(', ') })),
    name: ({ name }) => name, id: ({ name }) => name,
    columns: [
      { title: 'NAME', cell: ({ name }) => name },
      { title: 'SHORT', cell: ({ short }) => short.join(', ') },
      { title: 'KIND', cell: ({ kind }) => kind },
      { title: 'NAMESPACED', cell: ({ namespaced }) => (namespaced ? 'yes' : 'no') },
      { title: 'SERVED', cell: ({ served }) => (served ? 'yes' : 'later') },
      { title: 'VERBS', cell: ({ verbs: can }) => can.join(', '), wide: true },
    ],
  });
};
