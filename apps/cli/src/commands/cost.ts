import type { CostTotal } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { showTotals, type UsageFlags, usageFlags, usageQuery } from '../usage-query.ts';
import type { Attach, Run } from '../verb.ts';

interface CostFlags extends UsageFlags {
  readonly html?: string;
}

export const attach: Attach = (command, act) => {
  usageFlags(command)
    .option('--html <file>', 'write a page with plots that needs nothing else; - for standard output')
    .addHelpText('before', examples('Show what owners are asked, what platforms ask, and what is over; each currency by itself.', [
      ['neb cost', 'by day and namespace'],
      ['neb cost --by platform,accelerator --since 2026-11-01 --until 2026-12-01', 'a month (UTC)'],
      ['neb cost --by container -n training', ''],
      ['neb cost --by owner -A -o json', ''],
      ['neb cost -A --since 30d --html costs.html', 'a page for a browser'],
    ]))
    .action(act<CostFlags>(cost));
};

const cost: Run<CostFlags> = async (session, { options }) => {
  const query = await usageQuery(session, options);
  if (options.html !== undefined) return (await import('../cost-report/write.ts')).writeReport(session, { file: options.html, query, by: options.by === undefined ? undefined : query.by });
  const found = await (await session.neb()).billing.cost(query, session);
  const name = ({ by, currency }: CostTotal): string => [...Object.values(by), currency].join('/');
  await showTotals(session, found, { by: query.by, name });
};
