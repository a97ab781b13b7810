import { didYouMean, NebError, type Processor } from '@neb/core-types';
import type { DeadLetter } from '@neb/sdk';
import { confirm } from '../ask.ts';
import { examples } from '../help/examples.ts';
import { pages } from '../kinds/listing.ts';
import type { Moment } from '../kinds/moment.ts';
import { find, refTo, slashName } from '../objects.ts';
import { age } from '../render/age.ts';
import type { Column } from '../render/table.ts';
import type { Session } from '../session.ts';
import { processorTarget } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';
import { contentText, numOf } from './read.ts';

interface Flags {
  readonly num: string;
  readonly continue?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
}

const actions = ['list', 'replay', 'purge'] as const;
type Action = (typeof actions)[number];

export const attach: Attach = (command, act) => {
  command
    .argument('<words...>', 'list (if absent), replay or purge; then processor NAME, processor/NAME, or its name alone; then ids of letters')
    .option('--all', 'replay or purge all of them')
    .option('--num <count>', 'how many of the latest to list', '100')
    .option('--continue <cursor>', 'the ones before, where a list ended')
    .option('-y, --yes', 'do not ask')
    .addHelpText('before', examples('Show messages that a processor\'s workers gave up, with why; send them anew, or forget them.', [
      ['neb dead-letters processor translator -n my-app', ''],
      ['neb dead-letters list translator -o json', 'with all they say'],
      ['neb dead-letters replay translator 1795507200000-0', 'one of them, tried anew'],
      ['neb dead-letters replay translator --all', ''],
      ['neb dead-letters purge translator --all', 'asks first'],
    ]))
    .action(act<Flags>(deadLetters));
};

const deadLetters: Run<Flags> = async (session, { words, options }) => {
  const [first = '', ...others] = words;
  const action = actions.find((one) => one === first);
  const { name, rest: ids } = processorTarget(action && others.length > 0 ? others : words);
  const wanted = action && others.length > 0 ? action : 'list';
  if (wanted === 'list' && ids.length > 0) throw new NebError('invalid', `"${first}" is not what can be done with dead letters.${didYouMean(first, actions)}`, { hint: `There are ${actions.join(', ')}.` });
  const processor = await find(session, 'Processor', name);
  if (wanted === 'list') return await list(session, processor, options);
  if ((ids.length === 0) === !options.all) throw new NebError('invalid', `${wanted} which dead letters?`, { hint: `Name them by their ids, or take all: neb dead-letters ${wanted} ${name} --all` });
  if (wanted === 'purge') await confirm(session, `Forget all dead letters of ${slashName(processor)}?`, options.yes ?? ids.length > 0);
  const done = await doWith(session, processor, { action: wanted, ids });
  const outcome = wanted === 'replay' ? { replayed: done } : { purged: done };
  await session.out.value({ kind: 'DeadLetters', processor: processor.metadata.name, ...outcome }, () => `${done} dead ${done === 1 ? 'letter' : 'letters'} of ${slashName(processor)} ${wanted === 'replay' ? 'sent anew' : 'forgotten'}\n`);
};

async function list(session: Session, processor: Processor, options: Flags): Promise<void> {
  const limit = numOf(options.num);
  const { deadLetters: letters } = (await session.neb()).processors;
  const { items, next } = await pages({ limit, cursor: options.continue }, (most, cursor) => letters.list(refTo(processor), { limit: most, ...(cursor !== undefined && { cursor }) }, session).page());
  const { forPeople } = session.out;
  if (items.length === 0 && forPeople) return session.note(`${slashName(processor)} has no dead letters.`);
  await session.out.list({ items, columns: letterColumns(session.moment()), name: ({ id }) => `dead-letter/${id}`, id: ({ id }) => id, next });
  if (next !== undefined && forPeople) session.note(`There are older ones: --continue ${next} shows them.`);
}

interface Wanted {
  readonly action: Exclude<Action, 'list'>;
  /** All of them if there are none. */
  readonly ids: readonly string[];
}

/** How many it was done with. Throws `not_found` for an id that is none of them. */
async function doWith(session: Session, processor: Processor, { action, ids }: Wanted): Promise<number> {
  const letters = (await session.neb()).processors.deadLetters;
  if (ids.length === 0) return await letters[action](refTo(processor), {}, session);
  for (const id of ids) {
    if ((await letters[action](refTo(processor), { id }, session)) > 0) continue;
    throw new NebError('not_found', `${slashName(processor)} has no dead letter ${id}`, { hint: `neb dead-letters ${processor.metadata.name} lists them.` });
  }
  return ids.length;
}

function letterColumns({ now }: Moment): readonly Column<DeadLetter>[] {
  return [
    { title: 'DIED', cell: (l) => age(l.died_at, now), data: (l) => l.died_at, side: 'right' },
    { title: 'ID', cell: (l) => l.id },
    { title: 'ATTEMPTS', cell: (l) => String(l.attempts), data: (l) => l.attempts, side: 'right' },
    { title: 'ERROR', cell: (l) => l.error, shrinks: true },
    { title: 'MESSAGE', wide: true, cell: (l) => l.message_id ?? '' },
    { title: 'FROM', wide: true, cell: (l) => l.sent_by ?? '' },
    { title: 'CONTENT', cell: (l) => contentText(l.content), shrinks: true },
  ];
}
