import { NebError } from '@neb/core-types';
import type { StreamMessage } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import type { Moment } from '../kinds/moment.ts';
import { pages } from '../kinds/listing.ts';
import { find, refTo } from '../objects.ts';
import { age } from '../render/age.ts';
import type { Column } from '../render/table.ts';
import { oneProcessor } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly num: string;
  readonly continue?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'processor; or processor/NAME, or its name alone')
    .argument('[name]')
    .option('--num <count>', 'how many of the latest', '10')
    .option('--continue <cursor>', 'the ones before, where a list ended')
    .addHelpText('before', examples('Show the latest messages of a processor\'s stream, the newest last, worked off or not. None is taken away.', [
      ['neb read processor translator --num 10 -n my-app', ''],
      ["neb read processor translator -o jsonpath='{.items[*].content}'", 'what they say, and nothing else'],
    ]))
    .action(act<Flags>(read));
};

const read: Run<Flags> = async (session, { words, options }) => {
  const name = oneProcessor(words, 'neb read processor NAME --num COUNT');
  const limit = numOf(options.num);
  const processor = await find(session, 'Processor', name);
  const neb = await session.neb();
  const { items, next } = await pages({ limit, cursor: options.continue }, (most, cursor) => neb.processors.read(refTo(processor), { limit: most, ...(cursor !== undefined && { cursor }) }, session).page());
  const { forPeople } = session.out;
  if (items.length === 0 && forPeople) return session.note(`The stream of processor/${processor.metadata.name} is empty.`);
  await session.out.list({ items: items.toReversed(), columns: messageColumns(session.moment()), name: ({ stream_id: id }) => `message/${id}`, id: ({ message_id, stream_id }) => message_id ?? stream_id, next });
  if (next !== undefined && forPeople) session.note(`There are older ones: --continue ${next} shows them.`);
};

function messageColumns({ now }: Moment): readonly Column<StreamMessage>[] {
  return [
    { title: 'AGE', cell: (m) => age(m.at, now), data: (m) => m.at, side: 'right' },
    { title: 'MESSAGE', cell: (m) => m.message_id ?? '' },
    { title: 'FROM', cell: (m) => m.sent_by ?? '', shrinks: true },
    { title: 'ENTRY', wide: true, cell: (m) => m.stream_id },
    { title: 'CONTENT', cell: (m) => contentText(m.content), shrinks: true },
  ];
}

/** What a message says, on one line. */
export function contentText(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content ?? null);
}

/** Reads `--num`. Throws `invalid`. */
export function numOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new NebError('invalid', `--num ${text} is not a count`);
}
