import { NebError } from '@neb/core-types';

/**
 * The words of a command line, split and unquoted as a shell does. A line that only a shell can run, with pipes, variables
 * or globs outside quotes, is handed to `sh -c` whole. Throws `invalid` for a quote that is not closed.
 */
export function commandWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    const next = line[at + 1];
    if (quote === "'") {
      if (char === "'") quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '\\' && next !== undefined && (quote === undefined || '"\\$`'.includes(next))) {
      word = (word ?? '') + next;
      at++;
    } else if (quote === '"') {
      if (char === '"') quote = undefined;
      else if (char === '$' || char === '`') return ['sh', '-c', line];
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (char === '\n' && line.slice(at).trim() !== '') return ['sh', '-c', line];
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if ('|&;<>()$`*?['.includes(char) || ('~#'.includes(char) && word === undefined)) {
      return ['sh', '-c', line];
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote) throw new NebError('invalid', `the command has a ${quote} that is not closed: ${line}`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new NebError('invalid', 'the command is empty');
  return words;
}
