import { examples } from '../help/examples.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command.addHelpText('before', examples('Ask what you may do.', [['neb auth can-i delete containers -n training && echo yes', 'exit code 0 or 1']]));
  command.command('can-i').summary('Whether you may do something; exit code 0 or 1').argument('<verb>', 'such as create, logs or exec').argument('<kind>', 'such as containers or keys').action(act(canI));
};

const canI: Run<object> = async (session, { words }) => {
  const [verb = '', kind = ''] = words;
  const [neb, { namespace }] = await Promise.all([session.neb(), session.settings()]);
  const verdict = await neb.can({ verb, kind, ...(namespace && { namespace: namespace.value }) }, session);
  await session.out.value({ kind: 'Verdict', ...verdict }, () => (verdict.allowed ? 'yes\n' : 'no\n'));
  if (verdict.why !== undefined) session.note(verdict.why);
  return verdict.allowed ? 0 : 1;
};
