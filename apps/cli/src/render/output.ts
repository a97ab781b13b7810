import type { Format } from './format.ts';
import type { Style } from './style.ts';
import { type Column, csv, narrowColumns, table } from './table.ts';

/** Where results go. Data only: whatever else there is to say goes to stderr. */
export interface Output {
  readonly format: Format;
  readonly style: Style;
  /** Columns of the terminal; `undefined` where it is none, or nothing should be cut. */
  readonly width: number | undefined;
  readonly headers: boolean;
  /** Whether it is a table or a sentence that is asked for, and nothing that a program reads. */
  readonly forPeople: boolean;
  /** Text as it is; resolves when the stream takes more. */
  write(text: string | Uint8Array): Promise<void>;
  /** One result: in the format that programs asked for, or else as `plain` says it. */
  value(value: unknown, plain: () => string): Promise<void>;
  /** A list of results; programs get `{ kind: 'List', items }`. */
  list<T>(list: Listing<T>): Promise<void>;
  /** One entry of a stream: a line of JSON, a YAML document, or as `plain` says it. */
  entry(value: unknown, plain: () => string): Promise<void>;
}

export interface Listing<T> {
  readonly items: readonly T[];
  readonly columns: readonly Column<T>[];
  /** For `-o name`: `container/hello`. */
  readonly name: (item: T) => string;
  /** For `-o id` and `--quiet`. */
  readonly id: (item: T) => string;
  /** Where the list goes on, if it was cut. */
  readonly next?: string | undefined;
  /** A single item asked for by name: programs get it bare, as they asked. */
  readonly single?: boolean | undefined;
}

export interface OutputOptions {
  readonly format: Format;
  readonly style: Style;
  readonly width: number | undefined;
  readonly headers: boolean;
}

export function output(stream: NodeJS.WritableStream, options: OutputOptions): Output {
  const { format, style, width, headers } = options;
  const write = (text: string | Uint8Array): Promise<void> =>
    text.length === 0 || stream.write(text) ? Promise.resolve() : new Promise((resolve) => stream.once('drain', () => resolve()));
  return {
    ...options,
    forPeople: ['table', 'wide'].includes(format.do),
    write,
    value: async (value, plain) => write((await asData(format, value)) ?? plain()),
    entry: async (value, plain) => {
      if (format.do === 'json') return write(`${JSON.stringify(value)}\n`);
      return write(`${format.do === 'yaml' ? '---\n' : ''}${(await asData(format, value)) ?? plain()}`);
    },
    list: async ({ items, columns, name, id, next, single }) => {
      const value = single && items.length === 1 ? items[0] : { kind: 'List', items, ...(next !== undefined && { continue: next }) };
      const narrow = columns.filter((c) => !c.wide);
      const lines = (of: typeof name): Promise<void> => write(items.map((item) => `${of(item)}\n`).join(''));
      switch (format.do) {
        case 'name': return lines(name);
        case 'id': return lines(id);
        case 'csv': return write(csv(narrow, items, headers));
        case 'table': return write(table(narrowColumns(columns, items, { headers, width }), items, { headers, width, heading: style.dim, mark: style.marks.more }));
        case 'wide': return write(table(columns, items, { headers, heading: style.dim }));
        case 'custom-columns': {
          const { customColumns } = await import('./custom-columns.ts');
          return write(table(customColumns(format.columns), items, { headers, heading: style.dim }));
        }
        case 'json': case 'yaml': case 'jsonpath': return write((await asData(format, value)) ?? '');
      }
    },
  };
}

/** The value as programs asked for it; `undefined` where people did. */
async function asData(format: Format, value: unknown): Promise<string | undefined> {
  switch (format.do) {
    case 'json': return `${JSON.stringify(value, undefined, 2)}\n`;
    case 'yaml': {
      const { stringify } = await import('yaml');
      return stringify(value, { lineWidth: 0 });
    }
    case 'jsonpath': {
      const { parseTemplate } = await import('../jsonpath/template.ts');
      const text = parseTemplate(format.template)(value);
      return text.endsWith('\n') || text === '' ? text : `${text}\n`;
    }
    case 'table': case 'wide': case 'name': case 'id': case 'csv': case 'custom-columns': return undefined;
  }
}
