import { displayWidth, harmless, pad, truncate } from './width.ts';

/** One column of a table. */
export interface Column<T> {
  /** Stable: scripts select and sort by it. */
  readonly title: string;
  /** Another word that --sort-by takes for it. */
  readonly alias?: string;
  readonly cell: (item: T) => string;
  /** What programs get and rows are sorted by, where the text is for people: an instant, not an age. */
  readonly data?: (item: T) => string | number | undefined;
  /** Only with `-o wide`. */
  readonly wide?: boolean;
  /** With `wide`: in a table too, where the terminal has room for it. */
  readonly room?: boolean;
  readonly side?: 'left' | 'right';
  /** Gives way first where the terminal is narrow. */
  readonly shrinks?: boolean;
  /** Colours the text once its width is settled. */
  readonly colour?: (item: T, text: string) => string;
}

export interface TableOptions {
  readonly headers: boolean;
  /** Columns of the terminal; absent, nothing is cut. */
  readonly width?: number | undefined;
  readonly heading?: ((text: string) => string) | undefined;
  readonly mark?: string | undefined;
}

const gaps = ['   ', '  '] as const;
const narrowest = 8;

/** The columns of a table that is not wide: of those that are there where the terminal has room, the first ones that it has room for. */
export function narrowColumns<T>(columns: readonly Column<T>[], items: readonly T[], { headers, width }: Pick<TableOptions, 'headers' | 'width'>): readonly Column<T>[] {
  const always = columns.filter(({ wide }) => !wide);
  if (width === undefined) return always;
  const widthOf = (column: Column<T>): number => items.reduce((widest, item) => Math.max(widest, displayWidth(harmless(column.cell(item)) || '-')), headers ? column.title.length : 0) + gaps[0].length;
  const optional = columns.filter(({ wide, room }) => wide && room);
  let left = optional.length === 0 ? 0 : width + gaps[0].length - always.reduce((sum, column) => sum + widthOf(column), 0);
  const fitting = optional.filter((column) => (left -= widthOf(column)) >= 0);
  return columns.filter((column) => !column.wide || fitting.includes(column));
}

/** Lines of a table, each cell in its column. Rows of any number are laid out in one pass. */
export function table<T>(columns: readonly Column<T>[], items: readonly T[], options: TableOptions): string {
  const cells = items.map((item) => columns.map((column) => harmless(column.cell(item)) || '-'));
  const widths = columns.map((column, at) => cells.reduce((widest, row) => Math.max(widest, displayWidth(row[at]!)), options.headers ? column.title.length : 0));
  const total = widths.reduce((sum, one) => sum + one, 0);
  const gap = options.width !== undefined && total + gaps[0].length * (widths.length - 1) > options.width ? gaps[1] : gaps[0];
  const fitted = options.width === undefined ? widths : fit(columns, widths, options.width - gap.length * (widths.length - 1));
  const last = columns.length - 1;
  const line = (texts: readonly string[], paint: (text: string, at: number) => string): string =>
    texts
      .map((text, at) => {
        const cut = truncate(text, fitted[at]!, options.mark);
        const side = columns[at]!.side === 'right' ? 'left' : 'right';
        // Nothing trails a line.
        return at === last && side === 'right' ? paint(cut, at) : paint(pad(cut, fitted[at]!, side), at);
      })
      .join(gap);
  const head = options.headers ? [line(columns.map((column) => column.title), options.heading ?? ((text) => text))] : [];
  const body = cells.map((row, n) => line(row, (text, at) => columns[at]!.colour?.(items[n]!, text) ?? text));
  return [...head, ...body].map((text) => `${text}\n`).join('');
}

/** Widths of together `width`, if that can be: the widest column that may shrink does, a character at a time. */
function fit(columns: readonly Column<never>[], widths: readonly number[], width: number): readonly number[] {
  const fitted = [...widths];
  let excess = fitted.reduce((sum, one) => sum + one, 0) - width;
  while (excess > 0) {
    const at = fitted.reduce((widest, one, n) => (columns[n]!.shrinks && one > narrowest && one > (fitted[widest] ?? 0) ? n : widest), -1);
    if (at < 0) break;
    fitted[at]!--;
    excess--;
  }
  return fitted;
}

/** Comma-separated values as RFC 4180 writes them. */
export function csv<T>(columns: readonly Column<T>[], items: readonly T[], headers: boolean): string {
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = [...(headers ? [columns.map((column) => column.title)] : []), ...items.map((item) => columns.map((column) => String((column.data ?? column.cell)(item) ?? '')))];
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}
