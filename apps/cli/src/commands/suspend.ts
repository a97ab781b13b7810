import { formatBytes } from '@neb/core-types';
import { type AsideFlags, connectionsOf, keepConnections, oneContainer, settled } from '../aside.ts';
import { examples } from '../help/examples.ts';
import { refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command
    .argument('<name>', 'the container')
    .option(...keepConnections)
    .option('--no-wait', 'do not wait until it is suspended')
    .option('--timeout <duration>', 'how long to wait, such as 5m; no limit if absent')
    .addHelpText('before', examples('Put a container aside with its processes and what they hold. It frees its accelerator and stops costing what it costs while it runs; neb resume goes on with it.', [
      ['neb suspend trl-job -n training', ''],
      ['neb suspend trl-job --keep-connections', 'where the platform can'],
    ]))
    .action(act<AsideFlags>(suspend));
};

const suspend: Run<AsideFlags> = async (session, { words, options }) => {
  const container = await oneContainer(session, words, 'suspend');
  const { containers } = await session.neb();
  const asked = await containers.suspend(refTo(container), connectionsOf(options), session);
  const after = options.wait === false ? asked : await settled(session, asked, { what: 'suspended', is: ({ status }) => status.status === 'paused' && !status.asked, timeoutMs: timeoutOf(options.timeout) });
  const { suspended, cost_per_hr: price = '0' } = after.status;
  const size = suspended?.size_bytes === undefined ? '' : `, ${formatBytes(suspended.size_bytes)}`;
  await session.out.value(after, () => (options.wait === false ? `${slashName(after)} is being suspended\n` : `${slashName(after)} is suspended${size}; it costs $${price}/h meanwhile\n`));
  session.note(`neb resume ${after.metadata.name} -n ${after.metadata.namespace} goes on with it.`);
};
