import { describePath, isNebError, NebError, type Problem } from '@neb/core-types';
import type { AskOptions, ObjectRef, SentMessage, WholeAnswer } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { type Message, ofData, ofFile } from '../messages.ts';
import { find, refTo } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Session } from '../session.ts';
import { oneProcessor } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';
import { contentText } from './read.ts';

interface Flags {
  readonly data?: string;
  readonly file?: string;
  readonly wait?: boolean;
  readonly stream?: boolean;
  readonly key?: string;
  readonly timeout?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'processor; or processor/NAME, or its name alone')
    .argument('[name]')
    .option('-d, --data <json>', 'the message')
    .option('-f, --file <file>', 'messages from a file, or - for stdin: one JSON or YAML document, or a line of JSON each')
    .option('-w, --wait', 'wait for the answer and print it; with several, in their order')
    .option('--stream', 'print the answer piece by piece as it comes')
    .option('--key <key>', 'another with this key is not sent again within a day; with several, KEY-1, KEY-2 and so on')
    .option('--timeout <duration>', 'with --wait or --stream: how long, such as 30s; an hour if absent')
    .addHelpText('before', examples('Send messages to a processor. Each is checked against its schema first.', [
      ["neb send processor translator --data '{\"text_to_translate\": \"Dlrow Olleh\"}' -n my-app", ''],
      ['neb send processor translator -f message.json --wait', 'prints the answer'],
      ["neb send translator --data '{\"prompt\": \"hello\"}' --stream", 'as it is written'],
      ['cat messages.ndjson | neb send processor translator -f - --key import-7', 'a line each; may be repeated'],
      ["neb send translator --data '{}' --wait -o json", 'the whole answer, for programs'],
    ]))
    .action(act<Flags>(send));
};

const send: Run<Flags> = async (session, { words, options }) => {
  const name = oneProcessor(words, 'Put quotes around the message: --data \'{"text": "hello"}\'');
  if (options.data !== undefined && options.file !== undefined) throw new NebError('invalid', 'the message is given twice', { hint: 'Give either --data or --file.' });
  if (options.data === undefined && options.file === undefined && session.canAsk) throw new NebError('invalid', 'send what?', { hint: 'Give --data JSON, or -f FILE; - reads stdin.' });
  const timeoutMs = timeoutOf(options.timeout);
  const file = options.data === undefined ? (options.file ?? '-') : undefined;
  const source: Source = {
    name, key: options.key, many: file !== undefined, title: file === undefined ? '--data' : file === '-' ? '<stdin>' : file,
    batches: file === undefined ? [[ofData(options.data!)]] : ofFile(file, session.world),
    options: { ...(timeoutMs !== undefined && { waitMs: timeoutMs }), signal: session.signal },
  };
  // Found once, so that a name that is wrong is told with those that are like it.
  const processor = await find(session, 'Processor', name);
  const ref = refTo(processor);
  const { count, failed = 0 } = await (options.stream ? streamed : options.wait ? answered : sentOnly)(session, ref, source);
  if (count === 0) throw new NebError('invalid', `${source.title} holds no message`);
  if (failed > 0) session.warn(`${failed} of ${count} messages were answered with an error`);
  return failed > 0 ? 1 : 0;
};

interface Done {
  readonly count: number;
  /** Answered with an error. */
  readonly failed?: number;
}

interface Source {
  readonly name: string;
  readonly key: string | undefined;
  readonly title: string;
  /** Of a file: programs get a line each. */
  readonly many: boolean;
  readonly batches: AsyncIterable<readonly Message[]> | Iterable<readonly Message[]>;
  readonly options: AskOptions;
}

/** Sends all and says so. */
async function sentOnly(session: Session, ref: ObjectRef, source: Source): Promise<Done> {
  const { out } = session;
  let count = 0;
  for await (const sent of sentBatches(session, ref, source)) {
    count += sent.length;
    for (const message of sent) await told(session, message, source);
  }
  if (out.forPeople && source.many && count > 0) await out.write(`${count} ${count === 1 ? 'message' : 'messages'} sent to processor/${source.name}\n`);
  return { count };
}

/** The messages of each batch once they are in the stream. Throws with how many were sent before one that is refused. */
async function* sentBatches(session: Session, ref: ObjectRef, source: Source): AsyncGenerator<readonly SentMessage[], void> {
  const { processors } = await session.neb();
  let count = 0;
  for await (const batch of source.batches) {
    const messages = batch.map(({ content, line }) => ({ content, ...(source.key !== undefined && { key: source.many ? `${source.key}-${line}` : source.key }) }));
    const sent = await processors.sendAll(ref, messages, session).catch((error: unknown) => {
      throw refused(error, { source, batch, count });
    });
    count += sent.length;
    yield sent;
  }
}

async function told({ out }: Session, message: SentMessage, { name, many }: Source): Promise<void> {
  switch (out.format.do) {
    case 'id': return out.write(`${message.message_id}\n`);
    case 'name': return out.write(`message/${message.message_id}\n`);
    case 'table': case 'wide': return many ? undefined : out.write(`message ${message.message_id} sent to processor/${name}\n`);
    default: return many ? out.entry(message, () => '') : out.value(message, () => '');
  }
}

const atOnce = 16;

/** Prints the answer to each, in the order of the messages. Of several, those that are an error do not keep the others back. */
async function answered(session: Session, ref: ObjectRef, source: Source): Promise<Done> {
  const { out } = session;
  const { processors } = await session.neb();
  let [count, failed] = [0, 0];
  for await (const sent of sentBatches(session, ref, source)) {
    count += sent.length;
    for (let from = 0; from < sent.length; from += atOnce) {
      const answers = await Promise.all(sent.slice(from, from + atOnce).map(({ message_id: id }) => processors.answer(ref, id, source.options).catch((error: unknown) => {
        if (source.many && isNebError(error, 'failed')) return error;
        throw error;
      })));
      for (const answer of answers) {
        if (!isNebError(answer)) await (source.many ? out.entry(answer, () => answerText(answer)) : out.value(answer, () => answerText(answer)));
        else {
          failed++;
          session.warn(answer.message);
          await out.entry({ message_id: answer.details?.messageId, error: answer.details?.content }, () => '');
        }
      }
    }
  }
  return { count, failed };
}

/** What the worker said: its pieces, and what it ended with. */
function answerText({ content, chunks }: WholeAnswer): string {
  const said = content === null || content === undefined ? chunks : [...chunks, content];
  const text = said.every((piece) => typeof piece === 'string') ? said.join('') : said.map(contentText).join('\n');
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** Prints the pieces of each answer as they come. */
async function streamed(session: Session, ref: ObjectRef, source: Source): Promise<Done> {
  const { out } = session;
  const { processors } = await session.neb();
  const { forPeople } = out;
  let count = 0;
  for await (const sent of sentBatches(session, ref, source)) {
    for (const { message_id: id } of sent) {
      count++;
      let lineIsOpen = false;
      for await (const piece of processors.answers(ref, id, source.options)) {
        if (!forPeople) await out.entry(piece, () => '');
        else if (typeof piece.content === 'string') {
          await out.write(piece.content);
          if (piece.content !== '') lineIsOpen = !piece.content.endsWith('\n');
        } else if (piece.status === 'stream' || (piece.content !== null && piece.content !== undefined)) {
          await out.write(`${lineIsOpen ? '\n' : ''}${contentText(piece.content)}\n`);
          lineIsOpen = false;
        }
      }
      if (lineIsOpen) await out.write('\n');
    }
  }
  return { count };
}

interface Batch {
  readonly source: Source;
  readonly batch: readonly Message[];
  /** Sent before it. */
  readonly count: number;
}

/** An error of a batch, with the lines of the file it speaks of and what was sent before. */
function refused(error: unknown, { source: { title, many }, batch, count }: Batch): unknown {
  if (!isNebError(error)) return error;
  const problems = problemsIn(error).map(({ path: [at, ...path], message }) => {
    const where = typeof at === 'number' ? `${title}:${batch[at]?.line ?? at + 1}:1: ` : `${title}: `;
    return `${many ? where : `${title}: `}${describePath(typeof at === 'number' ? path : [at ?? '', ...path])}${message}`;
  });
  const message = problems.length > 0 && error.code === 'invalid' ? problems.slice(0, 20).join('\n') : error.message;
  const before = count === 0 ? [] : [`${count} ${count === 1 ? 'message' : 'messages'} before ${batch.length === 1 ? 'it' : 'these'} ${count === 1 ? 'was' : 'were'} sent.`];
  const hint = [error.hint, ...before].filter((part) => part !== undefined).join(' ');
  return new NebError(error.code, message, { cause: error, details: { ...error.details, ...(many && { sent: count }) }, ...(hint !== '' && { hint }) });
}

function problemsIn({ details }: NebError): readonly Problem[] {
  return Array.isArray(details?.problems) ? (details.problems as readonly Problem[]) : [];
}
