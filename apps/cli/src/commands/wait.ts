import { didYouMean, isNebError, NebError } from '@neb/core-types';
import { examples } from '../help/examples.ts';
import { parsePath } from '../jsonpath/parse.ts';
import { plainText, select } from '../jsonpath/select.ts';
import { kindEntry } from '../kinds/table.ts';
import { type AnyObject, find, refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Session } from '../session.ts';
import { objectTargets } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';
import { deleted, isReady, until, type UntilOptions } from '../waiting.ts';

interface Flags {
  readonly for?: string;
  readonly timeout?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'container, processor, service, secret, budget or namespace; or KIND/NAME')
    .argument('[names...]', 'which')
    .option('--for <state>', 'ready (if absent), running, completed, ended, deleted, status=WORD, or jsonpath=PATH=VALUE')
    .option('--timeout <duration>', 'how long, such as 5m; no limit if absent')
    .addHelpText('before', examples('Wait for a state. Exits with 8 when time runs out, with 1 as soon as the state can no longer come, and with 6 where a budget is in the way.', [
      ['neb wait container trl-job -n training --for=running --timeout 10m', ''],
      ['neb wait container trl-job --for=completed', 'to the end of a job'],
      ['neb wait container/a container/b --for=deleted', ''],
      ["neb wait container a --for=jsonpath='{.status.restart_count}=2'", ''],
    ]))
    .action(act<Flags>(wait));
};

const wait: Run<Flags> = async (session, { words, options }) => {
  const wanted = wantedOf(options.for ?? 'ready');
  const timeoutMs = timeoutOf(options.timeout);
  const named = objectTargets(words).flatMap(({ kind, names }) => {
    if (names.length === 0) throw new NebError('invalid', `wait for which ${kindEntry(kind).plural}?`, { hint: 'Name one: neb wait container NAME --for=ready' });
    return names.map((name) => ({ kind, name }));
  });
  const objects = await Promise.all(named.map(async ({ kind, name }) => {
    const found = await find(session, kind, name).catch((error: unknown) => {
      // What is gone already has been deleted.
      if (wanted.what === 'deleted' && isNebError(error, 'not_found')) return undefined;
      throw error;
    });
    return found ? await met(session, found, { ...wanted, timeoutMs }) : { kind, metadata: { name } };
  }));
  const { out } = session;
  if (out.forPeople) return out.write(objects.map((object) => `${slashName(object)} is ${wanted.what}\n`).join(''));
  await out.list({
    items: objects, name: slashName, id: (object) => ('id' in object.metadata ? object.metadata.id : object.metadata.name), single: objects.length === 1,
    columns: [{ title: 'NAME', cell: slashName }, { title: 'IS', cell: () => wanted.what }],
  });
};

async function met(session: Session, object: AnyObject, wanted: UntilOptions): Promise<AnyObject> {
  const { timeoutMs } = wanted;
  if (wanted.what === 'deleted') {
    await deleted(session, object, timeoutMs);
    return object;
  }
  // A container can end without ever becoming what it is waited for to be; the client knows when.
  if (object.kind === 'Container') return (await session.neb()).containers.wait(refTo(object), { for: wanted.isMet, signal: session.signal, ...(timeoutMs !== undefined && { timeoutMs }) });
  const last = await until(session, object, wanted);
  if (last) return last;
  throw new NebError('failed', `${slashName(object)} was deleted before it was ${wanted.what}`);
}

const words: readonly string[] = ['ready', 'pending', 'queued', 'creating', 'running', 'restarting', 'paused', 'completed', 'failed', 'stopped', 'active', 'idle', 'scaling', 'updating', 'stalled', 'deleting', 'deleted', 'ended'];

/** Reads `--for`. Throws `invalid`. */
function wantedOf(text: string): Omit<UntilOptions, 'timeoutMs'> {
  const [, path, value] = /^jsonpath=\{?([^}]*?)\}?(?:=(.*))?$/s.exec(text) ?? [];
  if (path !== undefined) {
    const steps = parsePath(path);
    return { what: text, isMet: (object) => select(object, steps).map(plainText).some((found) => (value === undefined ? found !== '' : found === value)) };
  }
  const word = /^(?:status=|condition=)?([a-z]+)$/i.exec(text)?.[1]?.toLowerCase();
  switch (word) {
    case undefined: throw new NebError('invalid', `--for=${text} is not a state`, { hint: 'Give ready, running, completed, ended, deleted, status=WORD, or jsonpath=PATH=VALUE.' });
    case 'delete': case 'deleted': return { what: 'deleted', isMet: (object) => statusOf(object) === 'deleted' };
    case 'ready': return { what: word, isMet: isReady };
    case 'ended': return { what: word, isMet: (object) => ['completed', 'failed', 'stopped', 'deleted'].includes(statusOf(object)) };
    default: {
      if (!words.includes(word)) throw new NebError('invalid', `--for=${text}: there is no state ${word}.${didYouMean(word, words)}`, { hint: `There are ${words.join(', ')}.` });
      return { what: word, isMet: (object) => statusOf(object) === word };
    }
  }
}

function statusOf(object: AnyObject): string {
  return 'status' in object ? object.status.status : 'active';
}
