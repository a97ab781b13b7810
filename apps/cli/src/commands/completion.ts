import { didYouMean, NebError } from '@neb/core-types';
import { shells } from '../complete/scripts.ts';
import { examples } from '../help/examples.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command
    .argument('<shell>', Object.keys(shells).join(', '))
    .addHelpText('before', examples('Print a script that completes verbs, flags, kinds, and the names of your objects.', [
      ['source <(neb completion bash)', 'in ~/.bashrc'],
      ['neb completion zsh > "${fpath[1]}/_neb"', ''],
      ['neb completion fish > ~/.config/fish/completions/neb.fish', ''],
    ]))
    .action(act(completion));
};

const completion: Run<object> = async ({ out }, { words }) => {
  const [shell = ''] = words;
  const script = shells[shell];
  if (script === undefined) throw new NebError('invalid', `"${shell}" is not a shell this is for.${didYouMean(shell, Object.keys(shells))}`, { hint: `There are ${Object.keys(shells).join(', ')}.` });
  await out.value({ kind: 'Completion', shell, script }, () => script);
};
