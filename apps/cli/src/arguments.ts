import { verbNamed } from './verb-names.ts';

/** What can be told of a command line before any verb is loaded. */
export interface Glance {
  /** The words as commander gets them: `help get` is `get --help`, and `--version` is `version`. */
  readonly words: readonly string[];
  readonly verb: string | undefined;
  /** Nothing but help of all is asked for. */
  readonly wantsRootHelp: boolean;
  /** JSON is asked for, so that errors are JSON too. */
  readonly wantsJson: boolean;
  readonly debug: boolean;
}

const valued = new Set(['-n', '--namespace', '-o', '--output', '--context', '--server', '--token', '--color']);
const isVersion = (word: string): boolean => word === '--version' || word === '-v';
const isHelp = (word: string): boolean => word === '--help' || word === '-h';

export function glance(argv: readonly string[]): Glance {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const words = rewritten(argv);
  const first = firstWord(words);
  return {
    words,
    verb: first === undefined ? undefined : verbNamed(first),
    wantsRootHelp: first === undefined && (words.length === 0 || words.some(isHelp)),
    wantsJson: flags.some((word, at) => word === '-ojson' || word === '--output=json' || ((word === '-o' || word === '--output') && flags[at + 1] === 'json')),
    debug: flags.includes('--debug'),
  };
}

function rewritten(argv: readonly string[]): readonly string[] {
  if (firstWord(argv) === undefined && argv.some(isVersion)) return ['version', ...argv.filter((word) => !isVersion(word))];
  const [first, second] = argv;
  return first === 'help' && second !== undefined && second !== 'help' && verbNamed(second) !== undefined ? [second, ...argv.slice(2), '--help'] : argv;
}

/** The first word that is no flag and no flag's value. */
function firstWord(argv: readonly string[]): string | undefined {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === '--') return undefined;
    if (!word.startsWith('-')) return word;
    if (valued.has(word)) at++;
  }
  return undefined;
}
