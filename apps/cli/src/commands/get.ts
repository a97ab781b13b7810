import { NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { type FieldSelector, parseFieldSelector } from '../fields.ts';
import type { Page, Query, Shown } from '../kinds/listing.ts';
import { kindEntry, type ObjectKind, type ShownKind } from '../kinds/table.ts';
import { type AnyObject, find } from '../objects.ts';
import type { Column } from '../render/table.ts';
import type { Session } from '../session.ts';
import { type Target, targets } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

export interface GetFlags {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly watch?: boolean;
  readonly sortBy?: string;
  readonly limit?: string;
  readonly continue?: string;
  readonly history?: boolean;
  readonly sort?: string;
  readonly platform?: string;
  readonly memory?: string;
  readonly count?: string;
  readonly region?: string;
  readonly spot?: boolean;
  readonly maxPrice?: string;
  readonly owner?: string;
  readonly service?: string;
  readonly known?: boolean;
  readonly reveal?: boolean;
  readonly yes?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'containers, processors, services, secrets, namespaces, platforms, accelerators, events, keys, organisations, serviceaccounts or users; or KIND/NAME')
    .argument('[names...]', 'only these')
    .option('-A, --all-namespaces', 'of all namespaces, whatever the context says')
    .option('-l, --selector <labels>', 'only with these labels, such as app=web,tier!=db')
    .option('--field-selector <fields>', 'only with these fields, such as status=failed')
    .option('-w, --watch', 'go on and show changes as they happen')
    .option('--sort-by <column>', 'a column, or a path such as .metadata.created_at')
    .option('--sort <column>', 'the same as --sort-by')
    .option('--limit <count>', 'most rows to show')
    .option('--continue <cursor>', 'go on where a list with --limit ended')
    .option('--history', 'deleted ones too, as long as they are kept')
    .option('--platform <name>', 'accelerators of this platform only')
    .option('--memory <gb>', 'accelerators with at least so much memory each')
    .option('--count <number>', 'machines with so many accelerators')
    .option('--region <name>', 'accelerators in this region')
    .option('--spot', 'accelerators that are cheaper since they may be taken back')
    .option('--max-price <usd>', 'machines with accelerators for at most so much an hour')
    .option('--owner <name>', 'keys, service accounts and quotas of this owner')
    .option('--service <name>', 'keys of this service\'s door')
    .option('--known', 'accelerators by all names that manifests may use, offered or not')
    .option('--reveal', 'with a secret: print its value; the server keeps record')
    .option('-y, --yes', 'with --reveal: do not ask')
    .addHelpText('before', examples('List objects, or show some of them by name. Without -n, those of all namespaces.', [
      ['neb get containers', 'all of yours'],
      ['neb get containers trl-job -n training', 'one of them'],
      ['neb get containers -l app=web --field-selector status=failed', ''],
      ['neb get containers -w', 'as they change'],
      ['neb get container trl-job -n training -o yaml', 'everything there is to know'],
      ["neb get containers -o jsonpath='{.items[*].metadata.name}'", ''],
      ['neb get accelerators', 'what could be had, and for how much'],
      ['neb get accelerators H100 L40S --memory 40 --max-price 4', 'any of these, for that'],
    ]))
    .action(act<GetFlags>(get));
};

const get: Run<GetFlags> = async (session, { words, options: given }) => {
  const options = given.sort === undefined ? given : { sortBy: given.sort, ...given };
  const wanted = targets(words);
  if (options.reveal) return (await import('./get-reveal.ts')).reveal(session, wanted, options.yes);
  if (options.service !== undefined) return (await import('./door-keys.ts')).listDoorKeys(session, wanted, options.service);
  if (options.known) return (await import('./get-known.ts')).known(session, wanted);
  if (options.watch) return (await import('./get-watch.ts')).watch(session, wanted, options);
  if (wanted.length > 1 && !session.out.forPeople) return showTogether(session, wanted, options);
  const { shownAs } = await import('../kinds/listing.ts');
  for (const [at, target] of wanted.entries()) {
    if (at > 0) await session.out.write('\n');
    await shownAs(target.kind, (of) => show(session, of, { target, options }), isBrief(session, { target, options }));
  }
};

interface Asked {
  readonly target: Target;
  readonly options: GetFlags;
}

/** Whether what is shown of an object is no more than a row has. */
function isBrief({ out: { format } }: Session, { target, options }: Asked): boolean {
  const enough = format.do === 'table' || format.do === 'name' || format.do === 'id' || format.do === 'csv';
  return enough && target.names.length === 0 && options.sortBy === undefined && options.fieldSelector === undefined;
}

async function show<T>(session: Session, of: Shown<T>, { target, options }: Asked): Promise<void> {
  const { items, next, notes = [] } = await fetchItems(session, of, { target, options });
  const spending = await spendingFor(session, { target, options }, items);
  const columns = [...of.columns(session.moment()), ...spending.columns];
  const sorted = options.sortBy === undefined ? items : (await import('../render/sort.ts')).sortedBy(items, options.sortBy, columns);
  const { forPeople } = session.out;
  const empty = items.length === 0 && forPeople;
  // One accelerator has many offers, however few there are today.
  const single = target.names.length === 1 && target.kind !== 'Accelerator';
  if (!empty) await session.out.list({ items: sorted.map(spending.told), columns, name: of.name, id: of.id, next, single });
  for (const note of notes) session.note(note);
  if (empty) session.note(await nothing(session, target, options));
  if (next !== undefined && forPeople) session.note(`There are more: --continue ${next} goes on.`);
}

/** Several kinds in one list, for programs. */
async function showTogether(session: Session, wanted: readonly Target[], options: GetFlags): Promise<void> {
  const { shownAs } = await import('../kinds/listing.ts');
  const all = await Promise.all(
    wanted.map((target) =>
      shownAs(target.kind, async (of) => (await told(session, of, { target, options })).map((item) => ({ item: item, name: of.name(item), id: of.id(item) })))),
  );
  const named = new Map(all.flat().map(({ item, ...rest }) => [item, rest]));
  await session.out.list({ items: [...named.keys()], columns: [], name: (item) => named.get(item)!.name, id: (item) => named.get(item)!.id });
}

interface SpendingShown<T> {
  readonly columns: readonly Column<T>[];
  readonly told: (item: T) => T;
}

/** What is shown of what items came to, where that is asked for. */
async function spendingFor<T>(session: Session, { target: { kind }, options }: Asked, items: readonly T[]): Promise<SpendingShown<T>> {
  const none: SpendingShown<T> = { columns: [], told: (item) => item };
  if (kind !== 'Container' && kind !== 'Service' && kind !== 'Processor') return none;
  const { spendingColumns, spendingOf, wantsSpending, withSpending } = await import('../kinds/spending.ts');
  if (items.length === 0 || !wantsSpending(session, options.sortBy)) return none;
  const spending = await spendingOf(session, kind, items as readonly unknown[] as readonly AnyObject[]);
  return { columns: spendingColumns<T>(spending), told: (item) => withSpending(item, spending) };
}

async function told<T>(session: Session, of: Shown<T>, asked: Asked): Promise<readonly T[]> {
  const { items } = await fetchItems(session, of, asked);
  return items.map((await spendingFor(session, asked, items)).told);
}

/** The objects a target names, or the list it stands for. */
async function fetchItems<T>(session: Session, of: Shown<T>, { target, options }: Asked): Promise<Page<T>> {
  const { kind, names } = target;
  if (names.length > 0 && isObject(kind)) return { items: (await Promise.all(names.map((name) => find(session, kind, name)))) as readonly unknown[] as readonly T[] };
  const [neb, { query: plain, fields }] = await Promise.all([session.neb(), queryOf(session, options)]);
  const query = kind === 'Accelerator' ? { ...plain, offers: (await import('./get-offers.ts')).offersQuery(names, options) } : plain;
  const { items, next, notes } = await of.list(neb, query, session);
  // Accelerators have many spellings, which the server knows.
  const named = names.length === 0 || kind === 'Accelerator' ? items : onlyNamed(items, of, target);
  return { items: fields ? named.filter((item) => fields.matches(item)) : named, next, notes };
}

/** What the flags narrow a list down to. Throws `invalid`. */
export async function queryOf(session: Session, options: GetFlags): Promise<{ readonly query: Query; readonly fields: FieldSelector | undefined }> {
  const fields = options.fieldSelector === undefined ? undefined : parseFieldSelector(options.fieldSelector);
  const limit = options.limit === undefined ? undefined : Number(options.limit);
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) throw new NebError('invalid', `--limit ${options.limit} is not a count`);
  const namespace = options.allNamespaces ? undefined : (await session.settings()).namespace?.value;
  return {
    query: { namespace, selector: options.selector, statuses: fields?.statuses, gone: options.history, owner: options.owner, limit, cursor: options.continue },
    fields,
  };
}

function onlyNamed<T>(items: readonly T[], of: Shown<T>, { kind, names }: Target): readonly T[] {
  return names.flatMap((name) => {
    const found = items.filter((item) => of.id(item).toLowerCase() === name.toLowerCase());
    if (found.length === 0) throw new NebError('not_found', `there is no ${kindEntry(kind).singular} ${name}`, { hint: `neb get ${kindEntry(kind).plural} lists them.` });
    return found;
  });
}

async function nothing(session: Session, { kind }: Target, options: GetFlags): Promise<string> {
  const { plural, namespaced } = kindEntry(kind);
  if (kind === 'Accelerator') return (await import('./get-offers.ts')).noOffers(options);
  const { namespace } = await session.settings();
  const where = namespaced && namespace && !options.allNamespaces ? ` in namespace ${namespace.value}` : '';
  const narrowed = options.selector !== undefined || options.fieldSelector !== undefined ? ' that match' : '';
  const hint = kind === 'Container' && !narrowed && !where ? ' neb create container hello --image busybox --cmd "echo hello" makes one.' : where ? ' -A looks in all.' : '';
  return `No ${plural}${narrowed}${where}.${hint}`;
}

export function isObject(kind: ShownKind): kind is ObjectKind {
  return kindEntry(kind).is === 'object';
}
