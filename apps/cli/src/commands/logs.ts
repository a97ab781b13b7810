import { errorCodes, isNebError, NebError, parseDuration, timestamp } from '@neb/core-types';
import type { LogEntry, LogsInput, Neb } from '@neb/sdk';
import { examples } from '../help/examples.ts';
import { findKind } from '../kinds/table.ts';
import { find, namespaceInUse, refTo, slashName } from '../objects.ts';
import type { Session } from '../session.ts';
import { containerName, oneScaled } from '../targets.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags {
  readonly follow?: boolean;
  readonly since?: string;
  readonly tail?: string;
  readonly timestamps?: boolean;
  readonly previous?: boolean;
  readonly exitCode?: boolean;
  readonly prefix?: boolean;
  readonly selector?: string;
  readonly grep?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('[names...]', 'containers, or one processor/NAME or service/NAME: all of its containers')
    .option('-f, --follow', 'go on as long as the container runs, or with the containers that come; a broken connection is taken up again without loss or repeat')
    .option('--tail <count>', 'only so many of the last lines')
    .option('--since <when>', 'only after this: 10m ago, or a time such as 2026-11-24T08:00:00Z')
    .option('--timestamps', 'begin each line with its time')
    .option('-p, --previous', 'of the run before the latest')
    .option('--prefix', 'begin each line with the container\'s name; with several, it is')
    .option('-l, --selector <labels>', 'of all containers with these labels')
    .option('--grep <pattern>', 'only lines that match this regular expression')
    .option('--exit-code', 'exit as the container did; with -f that is its end')
    .addHelpText('before', examples('Print what a container, or those of a processor or service, wrote, also after its end: stdout to stdout, stderr to stderr.', [
      ['neb logs trl-job -n training', ''],
      ['neb logs trl-job -n training -f --tail 100', 'and what comes'],
      ['neb logs trl-job -f --exit-code', 'a job in CI: its log, then its exit code'],
      ['neb logs -l app=web -f --prefix', 'several at once'],
      ['neb logs trl-job --previous', 'why did it restart?'],
      ['neb logs processor/translator -n my-app -f', 'all of its workers, those to come too'],
      ['neb logs service/vllm-qwen -n inference --tail 10', 'of each replica'],
    ]))
    .action(act<Flags>(logs));
};

const logs: Run<Flags> = async (session, { words, options }) => {
  const query = { follow: options.follow, tail: tailOf(options.tail), since: sinceOf(session, options.since), previous: options.previous };
  const pattern = options.grep === undefined ? undefined : patternOf(options.grep);
  const printed = { query, pattern, timestamps: options.timestamps };
  if (namesSeveral(words)) return replicaLogs(session, words, { ...printed, exitCode: options.exitCode });
  const containers = await chosen(session, words, options.selector);
  if (options.exitCode && containers.length > 1) throw new NebError('invalid', '--exit-code takes one container');
  const prefix = options.prefix === true || containers.length > 1;
  const neb = await session.neb();
  await Promise.all(containers.map(({ metadata }) => printLog(session, neb, { ...printed, ...metadata, prefix, signal: session.signal })));
  if (!options.exitCode) return 0;
  const [container] = containers;
  const ended = options.follow
    ? await neb.containers.wait(refTo(container!), { for: ({ status }) => ['completed', 'failed', 'stopped'].includes(status.status), signal: session.signal })
    : await neb.containers.get(refTo(container!), session);
  const { exit_code: code, status, reason } = ended.status;
  if (status === 'stopped' && reason === 'BudgetReached') return errorCodes.quota.exit;
  return code ?? (status === 'failed' || status === 'stopped' ? 1 : 0);
};

/** `processor/NAME` or `service/NAME`, or in two words as other verbs take it. */
function namesSeveral([first = '', ...others]: readonly string[]): boolean {
  const kind = findKind(first.split('/')[0]!)?.kind;
  return (kind === 'Processor' || kind === 'Service') && (first.includes('/') || others.length === 1);
}

interface LogOptions {
  readonly query: Omit<LogsInput, 'ref'>;
  readonly pattern: RegExp | undefined;
  readonly timestamps: boolean | undefined;
}

/** All containers of a processor or a service at once, each line with its container's name. */
async function replicaLogs(session: Session, words: readonly string[], { exitCode, ...options }: LogOptions & { readonly exitCode: boolean | undefined }): Promise<number> {
  const { kind, name } = oneScaled(words, 'The logs of one at a time: neb logs processor/NAME, or neb logs service/NAME');
  if (exitCode) throw new NebError('invalid', '--exit-code takes one container');
  const [neb, of, { eachReplica }] = await Promise.all([session.neb(), find(session, kind, name), import('../replica-logs.ts')]);
  let count = 0;
  await eachReplica({ neb, of, follow: options.query.follow, signal: session.signal }, async (replica, signal) => {
    count++;
    await printLog(session, neb, { ...options, ...replica, prefix: true, signal }).catch((error: unknown) => {
      // One that ended, or has not begun, does not keep back what the others wrote.
      if (signal.aborted && !session.signal.aborted) return;
      if (!isNebError(error)) throw error;
      session.note(session.style.dim(`${replica.name}: ${error.message}`));
    });
  });
  if (count === 0) session.note(`${slashName(of)} has no ${kind === 'Service' ? 'replicas' : 'workers'} now. With -f those are followed that come.`);
  return 0;
}

interface OneLog extends LogOptions {
  readonly id: string;
  readonly name: string;
  readonly prefix: boolean;
  readonly signal: AbortSignal;
}

async function printLog(session: Session, neb: Neb, { id, query, pattern, signal, ...how }: OneLog): Promise<void> {
  for await (const entry of neb.containers.logs({ id }, query, { signal })) if (!pattern || pattern.test(entry.text)) await print(session, entry, how);
}

async function chosen(session: Session, words: readonly string[], selector: string | undefined) {
  if (selector === undefined) {
    if (words.length === 0) throw new NebError('invalid', 'the logs of which container?', { hint: 'neb logs NAME, or -l LABELS for several.' });
    return Promise.all(words.map((word) => find(session, 'Container', containerName(word))));
  }
  const found = await (await session.neb()).containers.list({ namespace: await namespaceInUse(session), selector, limit: 100 }, session).page();
  if (found.items.length === 0) throw new NebError('not_found', `no container has the labels ${selector}`, { hint: 'neb get containers -A -l LABELS looks in all namespaces.' });
  return found.items;
}

interface PrintOptions {
  readonly name: string;
  readonly prefix: boolean;
  readonly timestamps: boolean | undefined;
}

/** What a container wrote is printed as it is; only colours of ours are added. */
async function print({ out, world }: Session, entry: LogEntry, { name, prefix, timestamps }: PrintOptions): Promise<void> {
  if (out.format.do === 'json' || out.format.do === 'yaml' || out.format.do === 'jsonpath') return out.entry(prefix ? { container: name, ...entry } : entry, () => '');
  const head = `${prefix ? `${out.style.cyan(`${name} |`)} ` : ''}${timestamps ? `${out.style.dim(entry.at)} ` : ''}`;
  const line = `${head}${entry.text}\n`;
  if (entry.stream === 'stdout') return out.write(line);
  if (!world.stderr.write(line)) await new Promise<void>((resolve) => world.stderr.once('drain', () => resolve()));
}

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === 'all' || text === '-1') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new NebError('invalid', `--tail ${text} is not a count`);
}

function sinceOf({ world }: Session, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text.replace(/\s*ago$/, ''));
  if (ago !== undefined) return timestamp(world.clock.now() - ago);
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return timestamp(at);
  throw new NebError('invalid', `--since ${text} is neither a duration nor a time`, { hint: 'Write 10m, 2h, or 2026-11-24T08:00:00Z.' });
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new NebError('invalid', `--grep ${text} is not a regular expression`, { cause });
  }
}
