import { didYouMean, NebError } from '@neb/core-types';
import { rootHelp } from '../help/root.ts';
import { topics } from '../help/topics.ts';
import type { Attach, Run } from '../verb.ts';
import { verbEntries } from '../verbs.ts';

export const attach: Attach = (command, act) => {
  command.argument('[topic]', 'a verb, or one of environment, exit-codes, output, topics').action(act(help));
};

const help: Run<object> = async ({ out }, { words }) => {
  const [word] = words;
  if (word === undefined) {
    if (out.format.do === 'table') return out.write(rootHelp(out.style));
    const verbs = verbEntries.filter(([, { hidden }]) => !hidden).map(([name, { summary, group, aliases }]) => ({ name, summary, group, aliases: aliases ?? [] }));
    return out.value({ kind: 'Help', verbs, topics: Object.entries(topics).map(([name, { summary }]) => ({ name, summary })) }, () => verbs.map(({ name }) => `${name}\n`).join(''));
  }
  if (word === 'topics') {
    const items = Object.entries(topics).map(([name, { summary }]) => ({ name, summary }));
    return out.list({ items, name: ({ name }) => name, id: ({ name }) => name, columns: [{ title: 'TOPIC', cell: ({ name }) => name }, { title: 'ABOUT', cell: ({ summary }) => summary }] });
  }
  const topic = topics[word];
  if (!topic) {
    const names = [...Object.keys(topics), ...verbEntries.map(([name]) => name)];
    throw new NebError('invalid', `there is no help on "${word}".${didYouMean(word, names)}`, { hint: 'neb --help lists verbs; neb help topics lists topics.' });
  }
  await out.value({ kind: 'Topic', name: word, text: topic.text() }, topic.text);
};
