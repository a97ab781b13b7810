import { NebError } from '@neb/core-types';
import type { Watched } from '@neb/sdk';
import { shownObjects } from '../kinds/listing.ts';
import { type AnyObject, clientOf, find } from '../objects.ts';
import { block } from '../render/block.ts';
import { sortedBy } from '../render/sort.ts';
import { table } from '../render/table.ts';
import type { Session } from '../session.ts';
import type { Target } from '../targets.ts';
import { type GetFlags, isObject, queryOf } from './get.ts';

/** Shows a list and then its changes until Ctrl-C: drawn again on a terminal, else a row or a line of JSON a change. */
export async function watch(session: Session, wanted: readonly Target[], options: GetFlags): Promise<void> {
  const [target] = wanted;
  if (wanted.length !== 1 || !target) throw new NebError('invalid', '--watch takes one kind at a time');
  const { kind, names } = target;
  if (kind === 'Event') return (await import('./events.ts')).watchEvents(session, { allNamespaces: options.allNamespaces });
  if (!isObject(kind)) throw new NebError('unsupported', `${kind.toLowerCase()}s cannot be watched`, { hint: 'Repeat neb get instead.' });
  const of = shownObjects(kind);
  const [neb, { query, fields }] = await Promise.all([session.neb(), queryOf(session, options)]);
  const page = await of.list(neb, query, session);
  const only = names.length === 0 ? undefined : new Set((await Promise.all(names.map((name) => find(session, kind, name)))).map(of.id));
  const wants = (object: AnyObject): boolean => (only?.has(of.id(object)) ?? true) && (fields?.matches(object) ?? true) && statusMatches(object, query.statuses);

  const objects = new Map(page.items.filter(wants).map((object) => [of.id(object), object]));
  const { out, world } = session;
  const rows = (items: readonly AnyObject[], headers: boolean): string => {
    const columns = of.columns(session.moment()).filter((column) => out.format.do === 'wide' || !column.wide);
    const sorted = options.sortBy === undefined || !headers ? items : sortedBy(items, options.sortBy, columns);
    return table(columns, sorted, { headers: headers && out.headers, width: out.width, heading: out.style.dim, mark: out.style.marks.more });
  };
  const { forPeople } = out;
  const screen = forPeople && world.stdout.isTTY === true && world.env.cursor ? block(world.stdout, world.env.columns) : undefined;
  const draw = (): void => screen?.draw(rows([...objects.values()], true).trimEnd().split('\n'));
  const sample = [...objects.values()].slice(0, 200);
  const tell = async (object: AnyObject, gone = false): Promise<void> => {
    if (screen) return draw();
    if (!forPeople) return out.entry(gone ? { gone: true, kind, metadata: object.metadata } : object, () => `${of.name(object)}\n`);
    // Laid out beside the first rows, so that columns stay where they were.
    await out.write(gone ? `${of.name(object)} is gone\n` : `${rows([...sample, object], false).trimEnd().split('\n').at(-1) ?? ''}\n`);
  };

  if (screen) draw();
  else if (forPeople) await out.write(rows([...objects.values()], true));
  else for (const object of objects.values()) await tell(object);
  const tick = screen && setInterval(draw, 1_000);
  try {
    const changes = clientOf(neb, kind).watch({ namespace: query.namespace, selector: query.selector, after: page.position }, session);
    for await (const change of changes as AsyncIterable<Watched<AnyObject>>) {
      const before = objects.get(change.do === 'gone' ? change.id : of.id(change.object));
      if (change.do === 'changed' && wants(change.object)) {
        objects.set(of.id(change.object), change.object);
        await tell(change.object);
      } else if (before) {
        objects.delete(of.id(before));
        await tell(before, true);
      }
    }
  } finally {
    clearInterval(tick);
    screen?.end();
  }
}

function statusMatches(object: AnyObject, statuses: readonly string[] | undefined): boolean {
  return statuses === undefined || ('status' in object && statuses.includes(object.status.status));
}
