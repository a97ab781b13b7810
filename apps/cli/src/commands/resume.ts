import { type AsideFlags, oneContainer, settled } from '../aside.ts';
import { examples } from '../help/examples.ts';
import { refTo, slashName } from '../objects.ts';
import { timeoutOf } from '../progress/follow.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command
    .argument('<name>', 'the container')
    .option('--no-wait', 'do not wait until it runs')
    .option('--timeout <duration>', 'how long to wait, such as 5m; no limit if absent')
    .addHelpText('before', examples('Go on with a suspended container where it is, with all that it held.', [['neb resume trl-job -n training', '']]))
    .action(act<AsideFlags>(resume));
};

const resume: Run<AsideFlags> = async (session, { words, options }) => {
  const container = await oneContainer(session, words, 'resume');
  const { containers } = await session.neb();
  const asked = await containers.resume(refTo(container), session);
  const after = options.wait === false ? asked : await settled(session, asked, { what: 'running', is: ({ status }) => status.status === 'running' && !status.asked, timeoutMs: timeoutOf(options.timeout) });
  await session.out.value(after, () => `${slashName(after)} ${options.wait === false ? 'is being resumed' : 'goes on'}\n`);
};
