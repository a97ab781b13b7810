import { type Container, formatBytes, isNebError, NebError } from '@neb/core-types';
import type { InstanceUsage, Neb } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { find, refTo } from '../objects.ts';
import { block } from '../render/block.ts';
import { sortedBy } from '../render/sort.ts';
import { type Column, table } from '../render/table.ts';
import type { Session } from '../session.ts';
import { findKind } from '../kinds/table.ts';
import { containerName } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly sortBy?: string;
  readonly watch?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('[names...]', 'containers; all that run if absent')
    .option('-A, --all-namespaces', 'of all namespaces, whatever the context says')
    .option('-l, --selector <labels>', 'only with these labels')
    .option('--sort-by <column>', 'cpu, memory, name, ...')
    .option('-w, --watch', 'again every two seconds')
    .addHelpText('before', examples('Show what running containers use now.', [['neb top', ''], ['neb top -n training --sort-by memory', ''], ['neb top -w', '']]))
    .action(act<Flags>(top));
};

const top: Run<Flags> = async (session, { words, options }) => {
  const names = findKind(words[0] ?? '')?.kind === 'Container' ? words.slice(1) : words;
  if (!options.watch) return show(session, await readings(session, names, options), options);
  const { world, out } = session;
  const screen = world.stdout.isTTY === true && world.env.cursor && out.format.do === 'table' ? block(world.stdout, world.env.columns) : undefined;
  while (!session.signal.aborted) {
    const rows = await readings(session, names, options);
    if (screen) screen.draw(table(columns, sorted(rows, options), { headers: out.headers, width: out.width, heading: out.style.dim }).trimEnd().split('\n'));
    else for (const row of rows) await out.entry(row, () => table(columns, [row], { headers: false }));
    await world.clock.sleep(2_000, session.signal);
  }
  throw session.signal.reason as Error;
};

interface Reading {
  readonly namespace: string;
  readonly name: string;
  readonly id: string;
  readonly usage: InstanceUsage | undefined;
}

async function readings(session: Session, names: readonly string[], options: Flags): Promise<readonly Reading[]> {
  const neb = await session.neb();
  const containers = names.length > 0 ? await Promise.all(names.map((name) => find(session, 'Container', containerName(name)))) : await running(session, neb, options);
  return Promise.all(containers.map(async (container) => {
    const { namespace, name, id } = container.metadata;
    const usage = await neb.containers.usage(refTo(container), session).catch((error: unknown) => {
      // One that ends meanwhile, or whose platform cannot tell, is no reason to show none.
      if (isNebError(error) && names.length === 0) return undefined;
      throw error;
    });
    return { namespace, name, id, usage };
  }));
}

async function running(session: Session, neb: Neb, { allNamespaces, selector }: Flags): Promise<readonly Container[]> {
  const namespace = allNamespaces ? undefined : (await session.settings()).namespace?.value;
  const { items, next } = await neb.containers.list({ namespace, selector, statuses: ['running'], limit: 200 }, session).page();
  if (next !== undefined) throw new NebError('invalid', 'more than 200 containers run', { hint: 'Choose some with -n, -l or by name.' });
  return items;
}

const columns: readonly Column<Reading>[] = [
  { title: 'NAMESPACE', cell: (r) => r.namespace },
  { title: 'NAME', cell: (r) => r.name },
  { title: 'CPU', cell: (r) => (r.usage ? `${(100 * r.usage.cpus).toFixed(0)}%` : ''), data: (r) => r.usage?.cpus, side: 'right' },
  { title: 'MEMORY', cell: (r) => bytes(r.usage?.memoryBytes), data: (r) => r.usage?.memoryBytes, side: 'right' },
  { title: 'LIMIT', cell: (r) => bytes(r.usage?.memoryLimitBytes), data: (r) => r.usage?.memoryLimitBytes, side: 'right' },
  { title: 'RECEIVED', cell: (r) => bytes(r.usage?.rxBytes), data: (r) => r.usage?.rxBytes, side: 'right' },
  { title: 'SENT', cell: (r) => bytes(r.usage?.txBytes), data: (r) => r.usage?.txBytes, side: 'right' },
];

const bytes = (count: number | undefined): string => (count === undefined ? '' : formatBytes(count));

function sorted(rows: readonly Reading[], { sortBy }: Flags): readonly Reading[] {
  const inOrder = sortBy === undefined ? rows : sortedBy(rows, sortBy, columns);
  // The greatest use is what one looks for.
  return sortBy !== undefined && /^(cpu|memory|limit|received|sent)$/i.test(sortBy) ? inOrder.toReversed() : inOrder;
}

async function show(session: Session, rows: readonly Reading[], options: Flags): Promise<void> {
  if (rows.length === 0 && session.out.format.do === 'table') return session.note('No container runs.');
  await session.out.list({ items: sorted(rows, options), columns, name: (r) => `container/${r.name}`, id: (r) => r.id });
}
