import type { CostTotal } from '@neb/sdk';
import { expect, test } from 'vitest';
import { type CostReport, costPage, wholeTime } from './page.ts';
import { type Bar, scaleOf } from './plots.ts';

const total = (by: CostTotal['by'], amount: string, currency = 'USD'): CostTotal => ({ by, currency, amount, cost: '1', margin: '0.5', facts: 1 });
const bar = (name: string, amount = 1, cost = 1): Bar => ({ name, amount, cost });
const report: CostReport = {
  about: ['all time', 'owner "a&b"'], madeAt: '2026-11-29T17:00:00.000Z', totals: [total({}, '7', 'EUR'), total({}, '3.000000001')],
  days: [total({ day: '2026-11-01' }, '1'), total({ day: '2026-11-04' }, '2.000000001'), total({ day: '2026-11-02' }, '7', 'EUR')],
  groups: [{ by: 'namespace', items: [total({ namespace: '<script>alert(1)</script>' }, '1'), total({ namespace: 'shop' }, '2.000000001'), total({}, '9')] }],
};

test('a report shows each currency by itself, to the last place, with a plot over time and the greatest first', () => {
  const page = costPage(report);
  const [, euros = '', dollars = ''] = page.split('<section>');
  expect(euros).toContain('<dd>7</dd>');
  expect(euros).not.toContain('shop');
  expect(dollars).toContain('<dd>3.000000001</dd>');
  expect(dollars.match(/<rect class="asked"[^>]*><title>/g)).toHaveLength(4);
  expect(dollars).toContain('<title>2026-11-02: 0.00 asked of owners</title>');
  expect(dollars.indexOf('<td>shop</td>')).toBeLessThan(dollars.indexOf('<td>&lt;script'));
  expect(costPage({ ...report, totals: [] })).toContain('Nothing was used.');
});

test('a report holds nothing that a browser would ask for or run, whatever things are called', () => {
  const page = costPage(report);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).toContain('owner &quot;a&amp;b&quot;');
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|https?:/i);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  for (const part of ['prefers-color-scheme: dark', '@media print']) expect(page).toContain(part);
});

test.each<[readonly Bar[], ReturnType<typeof scaleOf>]>([
  [[], { low: 0, high: 1, steps: [0] }],
  [[bar('a', 7, 3)], { low: 0, high: 8, steps: [0, 2, 4, 6, 8] }],
  [[bar('a', 100, 30), bar('b', -20, 0)], { low: -50, high: 100, steps: [-50, 0, 50, 100] }],
])('the scale of %j holds all of it, nothing among it', (bars, scale) => {
  expect({ ...scaleOf(bars), steps: scaleOf(bars).steps.map((step) => step + 0) }).toEqual(scale);
});

test('what is longer than two months is shown by month, and adds up', () => {
  expect(wholeTime([bar('2026-10-30'), bar('2026-11-02', 3, 2)]).map(({ name, amount }) => [name, amount])).toEqual([['2026-10-30', 1], ['2026-10-31', 0], ['2026-11-01', 0], ['2026-11-02', 3]]);
  expect(wholeTime([bar('2026-08-30'), bar('2026-08-31', 5), bar('2026-11-02', 3, 2)])).toEqual([
    { name: '2026-08', amount: 6, cost: 2 }, { name: '2026-09', amount: 0, cost: 0 }, { name: '2026-10', amount: 0, cost: 0 }, { name: '2026-11', amount: 3, cost: 2 },
  ]);
});
