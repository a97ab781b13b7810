import { type Event, NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { shownEvents } from '../kinds/listing.ts';
import { find } from '../objects.ts';
import { table } from '../render/table.ts';
import type { Session } from '../session.ts';
import { oneTarget } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';
import { momentOf } from '../when.ts';

interface Flags {
  readonly allNamespaces?: boolean | undefined;
  readonly for?: string;
  readonly watch?: boolean;
  readonly since?: string;
  readonly limit?: string;
  readonly type?: string;
}

export const attach: Attach = (command, act) => {
  command
    .option('-A, --all-namespaces', 'of all namespaces, whatever the context says')
    .option('--for <object>', 'of this object only: container/hello')
    .option('-w, --watch', 'go on and show events as they happen')
    .option('--since <when>', 'only after this: 10m, or a time')
    .option('--limit <count>', 'most to show; 200 if absent')
    .option('--type <type>', 'normal or warning')
    .addHelpText('before', examples('Show what happened, oldest first.', [
      ['neb events -n training', ''],
      ['neb events --for container/trl-job -n training', ''],
      ['neb events -w --type warning', 'what goes wrong, as it does'],
    ]))
    .action(act<Flags>(events));
};

const events: Run<Flags> = async (session, { options }) => {
  if (options.watch) return watchEvents(session, options);
  const limit = Number(options.limit ?? 200);
  if (!(Number.isInteger(limit) && limit > 0)) throw new NebError('invalid', `--limit ${options.limit} is not a count`);
  const query = await queryOf(session, options);
  const neb = await session.neb();
  const found: Event[] = [];
  for await (const event of neb.events.list({ ...query, limit: Math.min(limit, 1_000) }, session)) {
    if (found.length >= limit) break;
    if (isWanted(event, options)) found.push(event);
  }
  if (found.length === 0 && session.out.format.do === 'table') return session.note('No events.');
  await session.out.list({ items: found.reverse(), columns: shownEvents.columns(session.moment()), name: shownEvents.name, id: shownEvents.id });
};

/** Events as they happen, until Ctrl-C. */
export async function watchEvents(session: Session, options: Flags): Promise<never> {
  const query = await queryOf(session, options);
  const { out } = session;
  for await (const { position: _, ...event } of (await session.neb()).events.watch(query, session)) {
    if (!isWanted(event, options)) continue;
    // A time of day says more than an age that is always 0 s.
    const columns = shownEvents.columns(session.moment()).filter(({ wide }) => !wide).map((column) => (column.title === 'LAST' ? { ...column, cell: (e: Event) => e.last_at } : column));
    await out.entry(event, () => table(columns, [event], { headers: false, width: out.width, mark: out.style.marks.more }));
  }
  throw session.signal.reason as Error;
}

async function queryOf(session: Session, options: Flags): Promise<{ readonly namespace?: string | undefined; readonly objectId?: string; readonly since?: string }> {
  const since = options.since === undefined ? undefined : momentOf(session, 'since', options.since);
  const common = since === undefined ? {} : { since };
  if (options.for !== undefined) {
    const { kind, name } = oneTarget(options.for.split(/\s+/));
    return { ...common, objectId: (await find(session, kind, name)).metadata.id };
  }
  return { ...common, namespace: options.allNamespaces ? undefined : (await session.settings()).namespace?.value };
}

function isWanted(event: Event, { type }: Flags): boolean {
  return type === undefined || event.type === type.toLowerCase();
}
