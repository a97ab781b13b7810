import { didYouMean, kindNamed, kindNames, kinds, NebError } from '@neb/core-types';
import { z } from 'zod';
import { examples } from '../help/examples.ts';
import type { Attach, Run } from '../verb.ts';

export const attach: Attach = (command, act) => {
  command
    .argument('<kind>', 'such as container')
    .addHelpText('before', examples('Print the JSON Schema of a kind\'s manifest, for editors and checkers.', [['neb schema container > container.schema.json', '']]))
    .action(act(schema));
};

const schema: Run<object> = async ({ out }, { words }) => {
  const [word = ''] = words;
  const kind = kindNamed(word);
  if (!kind) throw new NebError('invalid', `"${word}" is not a kind with a manifest.${didYouMean(word, kindNames)}`, { hint: `There are ${kindNames.join(', ')}.` });
  const found = z.toJSONSchema(kinds[kind].manifest, { io: 'input', unrepresentable: 'any' });
  await out.value({ title: kind, ...found }, () => `${JSON.stringify({ title: kind, ...found }, undefined, 2)}\n`);
};
