import type { Style } from '../render/style.ts';
import { type Column, table } from '../render/table.ts';
import { harmless, pad } from '../render/width.ts';

/** A part of a description: a title, and what stands below it. */
export type Section =
  | { readonly title: string; readonly facts: readonly (readonly [name: string, value: string | undefined])[] }
  | { readonly title: string; readonly lines: readonly string[] }
  | { readonly title: string; readonly rows: Rows };

/** Rows of a table, whatever they are of. */
export interface Rows {
  readonly text: (options: { readonly width: number | undefined; readonly heading: (text: string) => string }) => string;
  readonly empty: boolean;
}

export function rowsOf<T>(columns: readonly Column<T>[], items: readonly T[]): Rows {
  return { empty: items.length === 0, text: ({ width, heading }) => table(columns, items, { headers: true, width: width === undefined ? undefined : width - 2, heading }) };
}

/** The sections as text; those with nothing in them are left out. */
export function sectionsText(sections: readonly Section[], { bold, dim }: Style, width: number | undefined): string {
  return sections
    .flatMap((section) => {
      const body = bodyOf(section, { dim, width });
      return body === '' ? [] : [`${bold(section.title)}\n${body}`];
    })
    .join('\n');
}

function bodyOf(section: Section, { dim, width }: { readonly dim: (text: string) => string; readonly width: number | undefined }): string {
  if ('facts' in section) {
    const known = section.facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== '');
    const widest = Math.max(0, ...known.map(([name]) => name.length));
    // A value of several lines, such as a command, stays readable under its first.
    return known.map(([name, value]) => `  ${dim(pad(`${name}:`, widest + 1))}  ${value.split('\n').map(harmless).join(`\n${' '.repeat(widest + 5)}`)}\n`).join('');
  }
  if ('lines' in section) return section.lines.map((line) => `  ${harmless(line)}\n`).join('');
  return section.rows.empty ? '' : section.rows.text({ width, heading: dim }).replaceAll(/^(?=.)/gm, '  ');
}
