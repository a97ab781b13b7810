import { NebError } from '@neb/core-types';
import { type AsideFlags, connectionsOf, keepConnections, oneContainer } from '../aside.ts';
import { textTar } from '../files/text-tar.ts';
import { examples } from '../help/examples.ts';
import { refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags extends AsideFlags {
  readonly name?: string;
  readonly count?: string;
  readonly platform?: string;
  readonly set?: readonly string[];
  readonly env?: readonly string[];
}

/** Where what is set is found in a fork. */
const folder = 'neb';

export const attach: Attach = (command, act) => {
  command
    .argument('<container>', 'the container, which goes on running')
    .requiredOption('--name <name>', 'of the new container; of several each has a number behind it')
    .option('-c, --count <count>', 'how many; 1 if absent')
    .option('--platform <name>', 'where they are to go on; wherever the snapshot fits if absent')
    .option('--set <key=value...>', `once it runs, write VALUE to the file /tmp/${folder}/KEY in each; {n} in it is the fork's number`)
    .option('--env <key=value...>', 'refused: what runs already keeps its environment; use --set')
    .option(...keepConnections)
    .option('--no-wait', 'do not wait until they run')
    .option('--timeout <duration>', 'how long to wait, such as 5m; no limit if absent')
    .addHelpText('before', examples('Make containers that go on from where another is, with all that it holds, while that one runs on.', [
      ['neb fork agent --name attempt -c 8 -n research', 'attempt-1 to attempt-8, of one snapshot'],
      ['neb fork agent --name left --set SEED=1', 'its process finds 1 in /tmp/neb/SEED'],
    ]))
    .action(act<Flags>(fork));
};

const fork: Run<Flags> = async (session, { words, options }) => {
  if (options.env) throw new NebError('unsupported', 'a fork goes on with processes that run already, and nothing changes their environment', { hint: `--set KEY=VALUE writes it to /tmp/${folder}/KEY of each fork, for them to read; neb create starts anew with another environment.` });
  const settings = (options.set ?? []).map(settingOf);
  if (settings.length > 0 && options.wait === false) throw new NebError('invalid', '--set is written once a fork runs, so it cannot go with --no-wait');
  const count = options.count === undefined ? 1 : Number(options.count);
  if (!Number.isInteger(count) || count < 1) throw new NebError('invalid', `--count takes a whole number from 1 on, not "${options.count}"`);
  const container = await oneContainer(session, words, 'fork');
  const { containers } = await session.neb();
  const { snapshot, containers: forks } = await containers.fork(refTo(container), { name: options.name!, count, ...connectionsOf(options), ...(options.platform !== undefined && { platform: options.platform }) }, session);
  const timeoutMs = timeoutOf(options.timeout);
  const after = options.wait === false ? forks : await Promise.all(forks.map((one) => containers.wait(refTo(one), { for: 'running', signal: session.signal, ...(timeoutMs !== undefined && { timeoutMs }) })));
  if (settings.length > 0) await Promise.all(after.map((one, at) => containers.writeFiles(refTo(one), '/tmp', textTar(folder, settings.map(({ key, value }) => ({ name: key, text: value.replaceAll('{n}', String(at + 1)) }))))));
  await session.out.value({ kind: 'Fork', snapshot, containers: after }, () => after.map((one) => `${slashName(one)} ${options.wait === false ? 'is being forked' : 'goes on'} from ${slashName(container)}${one.status.platform === undefined ? '' : ` on ${one.status.platform}`}\n`).join(''));
};

function settingOf(text: string): { readonly key: string; readonly value: string } {
  const [, key, value] = /^([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new NebError('invalid', `--set takes KEY=VALUE, not "${text}"`);
  return { key, value };
}
