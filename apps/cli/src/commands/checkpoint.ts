import { formatBytes } from '@neb/core-types';
import { type AsideFlags, connectionsOf, keepConnections, oneContainer, saved } from '../aside.ts';
import { examples } from '../help/examples.ts';
import { refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags extends AsideFlags {
  readonly name?: string;
  readonly ttl?: string;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<container>', 'the container, which goes on running')
    .option('--name <name>', 'of the snapshot; made up if absent')
    .option('--ttl <duration>', 'how long it is kept; 7d if absent')
    .option(...keepConnections)
    .option('--no-wait', 'do not wait until it is saved')
    .option('--timeout <duration>', 'how long to wait, such as 5m; no limit if absent')
    .addHelpText('before', examples('Take a snapshot of a container that goes on running, to go on from later or elsewhere.', [
      ['neb checkpoint trl-job --name epoch-3 -n training', ''],
      ['neb create container again --snapshot epoch-3', 'goes on from it'],
      ['neb snapshot export epoch-3 --to epoch-3.snapshot', 'as a file'],
    ]))
    .action(act<Flags>(checkpoint));
};

const checkpoint: Run<Flags> = async (session, { words, options }) => {
  const container = await oneContainer(session, words, 'checkpoint');
  const { name, ttl } = options;
  const asked = await (await session.neb()).containers.checkpoint(refTo(container), { ...connectionsOf(options), ...(name !== undefined && { name }), ...(ttl !== undefined && { ttl }) }, session);
  const after = options.wait === false ? asked : await saved(session, asked, timeoutOf(options.timeout));
  const size = after.status.size_bytes === undefined ? '' : ` (${formatBytes(after.status.size_bytes)})`;
  await session.out.value(after, () => `${slashName(after)} of ${slashName(container)} ${options.wait === false ? 'is being saved' : `is saved${size}`}\n`);
};
