import { NebError } from '@neb/core-types';
import { parsePath, type Step } from './parse.ts';
import { plainText, select } from './select.ts';

type Part =
  | { readonly do: 'text'; readonly text: string }
  | { readonly do: 'path'; readonly path: readonly Step[] }
  | { readonly do: 'range'; readonly path: readonly Step[]; readonly body: readonly Part[] };

/**
 * A template as kubectl's `-o jsonpath`: `{.metadata.name}`, `{range .items[*]}…{"\n"}{end}`; without braces all of it is
 * one path. Throws `invalid`.
 */
export function parseTemplate(text: string): (value: unknown) => string {
  const parts = text.includes('{') ? readParts(tokens(text), text) : [{ do: 'path', path: parsePath(text) } as const];
  return (value) => rendered(parts, value);
}

function rendered(parts: readonly Part[], value: unknown): string {
  return parts
    .map((part) => {
      switch (part.do) {
        case 'text': return part.text;
        case 'path': return select(value, part.path).map(plainText).join(' ');
        case 'range': return select(value, part.path).map((one) => rendered(part.body, one)).join('');
      }
    })
    .join('');
}

type Token = { readonly braces: boolean; readonly text: string };

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let from = 0;
  while (from < text.length) {
    const open = text.indexOf('{', from);
    if (open !== from) found.push({ braces: false, text: text.slice(from, open < 0 ? undefined : open) });
    if (open < 0) break;
    const close = /^\{((?:"(?:\\.|[^"\\])*"|'[^']*'|[^}"'])*)\}/.exec(text.slice(open));
    if (!close) throw new NebError('invalid', `the template "${text}" has a "{" that is not closed`);
    found.push({ braces: true, text: close[1]!.trim() });
    from = open + close[0].length;
  }
  return found;
}

function readParts(queue: Token[], whole: string, inRange = false): Part[] {
  const parts: Part[] = [];
  for (let token = queue.shift(); token; token = queue.shift()) {
    if (!token.braces) parts.push({ do: 'text', text: token.text });
    else if (token.text === 'end') {
      if (inRange) return parts;
      throw new NebError('invalid', `the template "${whole}" has an {end} without a {range}`);
    } else if (token.text.startsWith('range ')) parts.push({ do: 'range', path: parsePath(token.text.slice(6)), body: readParts(queue, whole, true) });
    else if (/^["']/.test(token.text)) parts.push({ do: 'text', text: unquoted(token.text) });
    else parts.push({ do: 'path', path: parsePath(token.text) });
  }
  if (inRange) throw new NebError('invalid', `the template "${whole}" has a {range} without an {end}`);
  return parts;
}

function unquoted(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}
