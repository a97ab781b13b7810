import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandWords } from './split.ts';

test.each<[string, readonly string[]]>([
  ['echo hello', ['echo', 'hello']],
  ['  ls   -la\t/tmp ', ['ls', '-la', '/tmp']],
  ["sh -c 'exit 7'", ['sh', '-c', 'exit 7']],
  ["sh -c 'echo $HOME | wc; exit 7'", ['sh', '-c', 'echo $HOME | wc; exit 7']],
  ['echo "a  b" c\\ d', ['echo', 'a  b', 'c d']],
  ["echo 'it'\\''s'", ['echo', "it's"]],
  ['echo "say \\"x\\" \\n"', ['echo', 'say "x" \\n']],
  ["printf '' ''", ['printf', '', '']],
  ['echo a#b', ['echo', 'a#b']],
])('%s is split into its words', (line, words) => {
  expect(commandWords(line)).toEqual(words);
  // The shell itself is the judge.
  const said = execFileSync('sh', ['-c', `for word in ${line.trim()}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' });
  expect(commandWords(line)).toEqual(said.split('\0').slice(0, -1));
});

test.each(['echo $HOME', 'ls | wc -l', 'a && b', 'a; b', 'cat <x >y', 'echo "$HOME"', 'ls *.txt', 'echo `date`', 'cd ~', 'one\ntwo', '(a)'])('%j needs a shell, and gets one', (line) => {
  expect(commandWords(line)).toEqual(['sh', '-c', line]);
});

test.each(["echo 'a", 'echo "a', '', '   '])('%j is refused', (line) => {
  expect(() => commandWords(line)).toThrow(/not closed|empty/);
});
