import type { LineCounter, YAMLParseError } from 'yaml';
import { at } from './position.ts';

/** A text, and where its lines begin. */
export interface Source {
  readonly text: string;
  readonly lines: LineCounter;
}

/** What is wrong with the YAML itself, and how to mend it. */
export function syntaxProblem(error: YAMLParseError, source: Source): string {
  switch (error.code) {
    case 'TAB_AS_INDENT': return 'a tab cannot indent YAML; use spaces';
    case 'DUPLICATE_KEY': return `"${keyAt(source.text, error.pos[0])}" is given twice; keep one of them`;
    case 'BAD_INDENT': return 'this line is not indented like the ones it belongs to';
    case 'MULTILINE_IMPLICIT_KEY': return 'this is not "field: value"; a colon or quotes may be missing';
    case 'BLOCK_AS_IMPLICIT_KEY': case 'IMPOSSIBLE': return 'this does not belong here; quote a value that holds ": "';
    case 'MISSING_CHAR': return `${plain(error, source)}; a bracket or quote may not be closed`;
    case 'BAD_ALIAS': return `${plain(error, source)}; quote a value that begins with "*"`;
    default: return plain(error, source);
  }
}

/** The parser's sentence, with the position it may speak of as a line and a column. */
function plain(error: YAMLParseError, { lines }: Source): string {
  const text = error.message.replace(/ at offset (\d+)/, (_, offset: string) => {
    const { line, column } = at(lines, Number(offset));
    return ` at ${line}:${column}`;
  });
  return `not valid YAML: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function keyAt(text: string, offset: number): string {
  return /^["']?([^:\n"']+)/.exec(text.slice(offset, offset + 200))?.[1]?.trim() ?? 'a field';
}
