import { didYouMean, NebError } from '@neb/core-types';

const plainFormats = ['table', 'wide', 'json', 'yaml', 'name', 'id', 'csv'] as const;

/** What `-o` asks for. */
export type Format =
  | { readonly do: (typeof plainFormats)[number] }
  | { readonly do: 'jsonpath'; readonly template: string }
  | { readonly do: 'custom-columns'; readonly columns: string };

/** Reads the value of `-o`. Throws `invalid`. */
export function parseFormat(text: string): Format {
  const plain = plainFormats.find((name) => name === text);
  if (plain) return { do: plain };
  const [, name, rest] = /^(jsonpath|custom-columns)=(.+)$/s.exec(text) ?? [];
  if (name === 'jsonpath') return { do: 'jsonpath', template: rest! };
  if (name === 'custom-columns') return { do: 'custom-columns', columns: rest! };
  throw new NebError('invalid', `-o ${text} is not a format.${didYouMean(text, plainFormats)}`, {
    hint: `There are ${plainFormats.join(', ')}, jsonpath=TEMPLATE and custom-columns=TITLE:PATH,...`,
  });
}
