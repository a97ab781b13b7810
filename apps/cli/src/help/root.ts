import { type Style } from '../render/style.ts';
import { verbEntries } from '../verbs.ts';
import { globalFlags, helpFlag } from './globals.ts';

const starts: readonly (readonly [line: string, about: string])[] = [
  ['neb up', 'a server on this machine'],
  ['neb create container hello --image busybox --cmd "echo hello"', ''],
  ['neb create -f job.yaml --wait', 'of a manifest, to the moment it runs'],
  ['neb get containers', 'all of yours'],
  ['neb logs hello -f', 'what one writes'],
  ['neb exec -it hello -- sh', 'a shell in it'],
  ['neb down', 'stop everything'],
];

/** What `neb --help` prints; made without loading any verb. */
export function rootHelp({ bold, dim, cyan }: Style): string {
  const groups = [...new Set(verbEntries.map(([, { group }]) => group))];
  const rows = (items: readonly (readonly [string, string])[], width: number): string => items.map(([name, about]) => `  ${cyan(name.padEnd(width))}  ${about}\n`).join('');
  const verbs = groups.map((group) => {
    const shown = verbEntries.filter(([, entry]) => entry.group === group && !entry.hidden);
    return `${bold(`${group}:`)}\n${rows(shown.map(([name, { summary }]) => [name, summary]), 14)}`;
  });
  const flags = [...globalFlags.filter(({ hidden }) => !hidden), helpFlag].map(({ flags: spelt, about }) => [spelt.replace(/^--/, '    --'), about] as const);
  return `neb runs containers wherever accelerators are.

${bold('Start here:')}
${starts.map(([line, about]) => `  ${about === '' ? line : `${line.padEnd(32)}${dim(`# ${about}`)}`}\n`).join('')}
${verbs.join('\n')}
${bold('Everywhere:')}
${rows(flags, 24)}
neb VERB --help tells more of a verb; neb help environment, exit-codes and output are topics.
`;
}
