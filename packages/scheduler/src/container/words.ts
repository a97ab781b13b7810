/** The words of a shell command line, with quotes and backslashes taken off; nothing is expanded. Throws where a quote is left open. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    const next = line[at + 1];
    if (quote === "'") {
      if (char === quote) quote = '';
      else word += char;
    } else if (quote === '"') {
      if (char === quote) quote = '';
      else if (char === '\\' && next !== undefined && '"\\$`\n'.includes(next)) word += line[++at] === '\n' ? '' : next;
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (char === '\\' && next !== undefined) {
      at++;
      if (next !== '\n') word = (word ?? '') + next;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote) throw new Error(`a ${quote} is never closed`);
  if (word !== undefined) words.push(word);
  return words;
}
