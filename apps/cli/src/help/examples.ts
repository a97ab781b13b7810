import type { AddHelpTextContext } from 'commander';

/** The head of a verb's help: what it is for, and examples before anything else. */
export function examples(about: string, lines: readonly (readonly [line: string, about: string])[]): (context: AddHelpTextContext) => string {
  const width = Math.max(...lines.filter(([, text]) => text !== '').map(([line]) => line.length), 0);
  return () => `${about}\n\nExamples:\n${lines.map(([line, text]) => `  ${text === '' ? line : `${line.padEnd(width)}   # ${text}`}`).join('\n')}\n`;
}
