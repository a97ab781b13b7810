import { expect, test } from 'vitest';
import { parseFormat } from './format.ts';
import { customColumns } from './custom-columns.ts';
import { sortedBy } from './sort.ts';
import { moneysText, moneyText } from './money.ts';
import { type Column, csv, narrowColumns, table } from './table.ts';
import { cut, displayWidth, harmless, truncate } from './width.ts';

interface Row { readonly name: string; readonly size: number; readonly note: string }
const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: (r) => r.name },
  { title: 'SIZE', cell: (r) => `${r.size} B`, data: (r) => r.size, side: 'right' },
  { title: 'NOTE', cell: (r) => r.note, shrinks: true },
];
const rows: readonly Row[] = [
  { name: 'b10', size: 9, note: 'short' },
  { name: 'b9', size: 100, note: 'a note of more words than there is room for' },
  { name: 'a', size: 10, note: '' },
];

test('a table lines its cells up and leaves nothing at the end of a line', () => {
  expect(table(columns, rows, { headers: true })).toBe(
    ['NAME    SIZE   NOTE', 'b10      9 B   short', 'b9     100 B   a note of more words than there is room for', 'a       10 B   -', ''].join('\n'),
  );
});

test.each([
  [undefined, 'NAME NOTE'], [14, 'NAME NOTE'], [17, 'NAME NOTE'], [18, 'NAME SIZE NOTE'], [24, 'NAME SIZE NOTE'], [25, 'NAME SIZE NOTE MORE'],
])('with %s columns of a terminal a table has %s', (width, titles) => {
  const optional = (title: string): Column<string> => ({ title, cell: (text) => text, wide: true, room: true });
  const all = [{ title: 'NAME', cell: (text: string) => text }, optional('SIZE'), { title: 'NOTE', cell: (text: string) => text }, optional('MORE'), { ...optional('WIDE'), room: false }];
  const shown = narrowColumns(all, ['abcd'], { headers: true, width });
  expect(shown.map(({ title }) => title).join(' ')).toBe(titles);
  if (width !== undefined && shown.length > 2) expect(table(shown, ['abcd'], { headers: true }).indexOf('\n')).toBeLessThanOrEqual(width);
});

test.each([
  ['4.66', 'USD', '$4.66'], ['1234.5', 'USD', '$1234.50'], ['0', 'USD', '$0'], ['0.39', 'USD', '$0.39'], ['0.5', 'USD', '$0.50'], ['0.001234', 'USD', '$0.0012'], ['0.0000000046', 'USD', '$0.0000000046'], ['-0.3', 'EUR', '-0.30 EUR'], ['2', 'EUR', '2.00 EUR'],
])('%s %s is written %s', (amount, currency, text) => {
  expect(moneyText(amount, currency)).toBe(text);
  expect(moneysText([{ amount, currency }, { amount: '3', currency: 'CHF' }])).toBe(`${text} + 3.00 CHF`);
});

test('only a terminal cuts what is too wide, and only in columns that may shrink', () => {
  const lines = table(columns, rows, { headers: true, width: 30, mark: '..' }).split('\n');
  expect(lines[2]).toBe('b9    100 B  a note of more ..');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
});

test('without headers there are only rows', () => {
  expect(table(columns, rows.slice(0, 1), { headers: false })).toBe('b10   9 B   short\n');
});

test('csv quotes what needs it and carries data instead of texts for people', () => {
  expect(csv(columns, [{ name: 'a,b', size: 1, note: 'say "x"\nand y' }], true)).toBe('NAME,SIZE,NOTE\n"a,b",1,"say ""x""\nand y"\n');
});

test.each([
  ['NAME', ['a', 'b9', 'b10']],
  ['size', ['b10', 'a', 'b9']],
  ['.size', ['b10', 'a', 'b9']],
  ['{.name}', ['a', 'b9', 'b10']],
])('--sort-by %s orders numbers by size', (by, names) => {
  expect(sortedBy(rows, by, columns).map((row) => row.name)).toEqual(names);
});

test('--sort-by orders money by its amount', () => {
  const prices = ['0.4', '10', '0.39', undefined, '9.5'].map((usd) => ({ usd }));
  expect(sortedBy(prices, 'price', [{ title: 'PRICE', cell: ({ usd }) => `$${usd}`, data: ({ usd }) => usd }]).map(({ usd }) => usd)).toEqual(['0.39', '0.4', '9.5', '10', undefined]);
});

test('--sort-by of no column suggests one', () => {
  expect(() => sortedBy(rows, 'nam', columns)).toThrow(/Did you mean "name"/);
});

test('custom columns follow their paths', () => {
  expect(table(customColumns('N:.name,ALL:.tags[*]'), [{ name: 'x', tags: ['a', 'b'] }], { headers: true })).toBe('N   ALL\nx   a,b\n');
  expect(() => customColumns('name')).toThrow(/TITLE:PATH/);
});

test('widths count what a terminal shows', () => {
  expect([displayWidth('abc'), displayWidth('日本'), displayWidth('e\u0301'), displayWidth('\u001b[31mred\u001b[39m')]).toEqual([3, 4, 1, 3]);
  expect([truncate('abcdef', 4), truncate('日本語', 5), truncate('ab', 4)]).toEqual(['abc…', '日本…', 'ab']);
});

test('a coloured line is cut where it is seen to be too long', () => {
  expect(cut('\u001b[31mabcdef\u001b[39m gh', 4)).toBe('\u001b[31mabcd\u001b[39m');
  expect(cut('\u001b[31mab\u001b[39m', 4)).toBe('\u001b[31mab\u001b[39m');
});

test('what others wrote cannot move the cursor or colour the screen', () => {
  expect(harmless('a\u001b[31mb\u001b[0m\r\nc\u0007\u001b]0;title')).toBe('ab c]0;title');
});

test.each(['table', 'wide', 'json', 'yaml', 'name', 'id', 'csv', 'jsonpath={.a}', 'custom-columns=A:.a'])('-o %s is a format', (text) => {
  expect(parseFormat(text).do).toBe(text.split('=')[0]);
});

test('a format that is none is refused with a suggestion', () => {
  expect(() => parseFormat('jsn')).toThrow(/Did you mean "json"/);
  expect(() => parseFormat('jsonpath=')).toThrow(/not a format/);
});
