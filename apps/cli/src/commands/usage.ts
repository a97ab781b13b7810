import type { UsageTotal } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import type { Column } from '../render/table.ts';
import { showTotals, type UsageFlags, usageFlags, usageQuery } from '../usage-query.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  usageFlags(command)
    .addHelpText('before', examples('Show what was used, each metric and unit by itself.', [
      ['neb usage', 'by day and namespace'],
      ['neb usage --by accelerator --since 7d', ''],
      ['neb usage --by service --kind gateway', 'requests, tokens, bytes'],
      ['neb usage --by label:team -A -o csv > usage.csv', ''],
    ]))
    .action(act<UsageFlags>(usage));
};

const columns: readonly Column<UsageTotal>[] = [
  { title: 'METRIC', cell: ({ metric }) => metric },
  { title: 'QUANTITY', cell: ({ quantity }) => quantity, side: 'right' },
  { title: 'UNIT', cell: ({ unit }) => unit },
];

const usage: Run<UsageFlags> = async (session, { options }) => {
  const query = await usageQuery(session, options);
  const found = await (await session.neb()).billing.usage(query, session);
  const name = ({ by, metric, unit }: UsageTotal): string => [...Object.values(by), metric, unit].join('/');
  await showTotals(session, found, { by: query.by.filter((one) => one !== 'metric'), more: columns, name });
};
