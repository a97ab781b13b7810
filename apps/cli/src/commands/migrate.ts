import { NebError } from '@neb/core-types';
import { type AsideFlags, connectionsOf, keepConnections, oneContainer, settled } from '../aside.ts';
import { examples } from '../help/examples.ts';
import { refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Attach, Run } from '../verb.ts';

interface Flags extends AsideFlags {
  readonly platform?: string;
  readonly host?: string;
  readonly region?: string;
  readonly cheapest?: boolean;
}

export const attach: Attach = (command, act) => {
  command
    .argument('<name>', 'the container')
    .option('--platform <name>', 'where it is to go on; neb get platforms lists them')
    .option('--host <name>', 'the same, of a host of your own')
    .option('--region <name>', 'a region of it')
    .option('--cheapest', 'wherever it costs least, if that is less than now')
    .option(...keepConnections)
    .option('--no-wait', 'do not wait until it is there')
    .option('--timeout <duration>', 'how long to wait, such as 5m; no limit if absent')
    .addHelpText('before', examples('Move a running container with its processes and what they hold. It goes on where it is until the other place answers, and comes back to it where that does not.', [
      ['neb migrate trl-job --platform podman -n training', ''],
      ['neb migrate trl-job --host rack-2', ''],
      ['neb migrate trl-job --cheapest', ''],
    ]))
    .action(act<Flags>(migrate));
};

const migrate: Run<Flags> = async (session, { words, options }) => {
  const { platform = options.host, host, region, cheapest } = options;
  if (host !== undefined && options.platform !== undefined && host !== options.platform) throw new NebError('invalid', '--platform and --host name two places', { hint: 'Give one of them.' });
  if (platform === undefined && region === undefined && !cheapest) throw new NebError('invalid', 'migrate to where?', { hint: 'neb migrate NAME --platform PLATFORM, --host HOST or --cheapest.' });
  const container = await oneContainer(session, words, 'migrate');
  const { containers } = await session.neb();
  const from = container.status.platform;
  const asked = await containers.migrate(refTo(container), { ...connectionsOf(options), ...(platform !== undefined && { platform }), ...(region !== undefined && { region }), ...(cheapest && { cheapest }) }, session);
  const number = container.status.attempt?.number;
  const after = options.wait === false ? asked : await settled(session, asked, { what: 'moved', is: ({ status }) => status.attempt?.number !== number && !status.asked && !status.move, timeoutMs: timeoutOf(options.timeout) });
  await session.out.value(after, () => (options.wait === false ? `${slashName(after)} is being moved\n` : `${slashName(after)} moved from ${from} to ${after.status.platform}, at $${after.status.cost_per_hr ?? '0'}/h\n`));
};
