import type { CostTotal } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { showTotals, type UsageFlags, usageFlags, usageQuery } from '../usage-query.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  usageFlags(command)
    .addHelpText('before', examples('Show what owners are asked, what platforms ask, and what is over; each currency by itself.', [
      ['neb cost', 'by day and namespace'],
      ['neb cost --by platform,accelerator --since 2026-11-01 --until 2026-12-01', 'a month (UTC)'],
      ['neb cost --by container -n training', ''],
      ['neb cost --by owner -A -o json', ''],
    ]))
    .action(act<UsageFlags>(cost));
};

const cost: Run<UsageFlags> = async (session, { options }) => {
  const query = await usageQuery(session, options);
  const found = await (await session.neb()).billing.cost(query, session);
  const name = ({ by, currency }: CostTotal): string => [...Object.values(by), currency].join('/');
  await showTotals(session, found, { by: query.by, name });
};
