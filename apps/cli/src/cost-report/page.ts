import type { CostTotal } from '@neb/sdk';
import { type Bar, barsPlot, columnsPlot } from './plots.ts';
import { style } from './style.ts';
import { escaped } from './text.ts';

/** What a report shows, each currency by itself. */
export interface CostReport {
  /** What it is of: a time, a namespace, an owner. */
  readonly about: readonly string[];
  readonly madeAt: string;
  readonly totals: readonly CostTotal[];
  readonly days: readonly CostTotal[];
  /** By one word each, all that there is. */
  readonly groups: readonly { readonly by: string; readonly items: readonly CostTotal[] }[];
}

const mostBars = 12;
const mostDays = 62;

/** One page of HTML that asks for nothing else: no script, no font, no address. */
export function costPage({ about, madeAt, totals, days, groups }: CostReport): string {
  const currencies = totals.map((total) => `
<section>
<h2>${escaped(total.currency)}</h2>
<dl>${figures(total).map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>
<p class="key"><span class="asked"></span>asked of owners<span class="paid"></span>asked by platforms</p>
${overTime(days.filter(({ currency }) => currency === total.currency))}
${groups.map(({ by, items }) => group(by, items.filter(({ currency }) => currency === total.currency))).join('')}
</section>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Costs: ${escaped(about.join(', '))}</title>
<style>${style}</style>
</head>
<body>
<h1>Costs</h1>
<p>${escaped(about.join(', '))}</p>
<p>Made ${escaped(madeAt)}, of the ledger: what runs is in it until its last full hour. Days are UTC.</p>
${currencies.join('\n') || '<p>Nothing was used.</p>'}
</body>
</html>
`;
}

function figures({ amount, cost, margin }: CostTotal): readonly (readonly [string, string])[] {
  return [['Asked of owners', amount], ['Asked by platforms', cost], ['Margin', margin]];
}

function overTime(days: readonly CostTotal[]): string {
  if (days.length === 0) return '';
  const bars = wholeTime(days.map((total) => barOf(total, total.by['day'] ?? '')));
  const title = bars[0]!.name.length === 7 ? 'By month' : 'By day';
  return `<h3>${title}</h3>${columnsPlot(bars, title)}`;
}

/** Days between the first and the last that have nothing are there too; where they are many, months are. */
export function wholeTime(days: readonly Bar[]): readonly Bar[] {
  const known = new Map(days.map((day) => [day.name, day]));
  const [first, last] = [days[0]!.name, days.at(-1)!.name];
  const all: Bar[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += 86_400_000) {
    const name = new Date(at).toISOString().slice(0, 10);
    all.push(known.get(name) ?? { name, amount: 0, cost: 0 });
  }
  if (all.length <= mostDays) return all;
  return [...Map.groupBy(all, ({ name }) => name.slice(0, 7))].map(([name, some]) => ({ name, amount: sum(some.map(({ amount }) => amount)), cost: sum(some.map(({ cost }) => cost)) }));
}

function group(by: string, items: readonly CostTotal[]): string {
  const named = items.filter((total) => total.by[by] !== undefined);
  if (named.length === 0) return '';
  const sorted = named.toSorted((a, b) => Math.max(Number(b.amount), Number(b.cost)) - Math.max(Number(a.amount), Number(a.cost)));
  const title = `By ${by.replace(/^label:/, 'label ')}`;
  const rows = sorted.map((total) => `<tr><td>${escaped(total.by[by] ?? '')}</td>${figures(total).map(([, value]) => `<td>${escaped(value)}</td>`).join('')}</tr>`);
  const more = sorted.length > mostBars ? `<p>The ${mostBars} greatest of ${sorted.length}; the table has all.</p>` : '';
  return `<h3>${escaped(title)}</h3>${more}${barsPlot(sorted.slice(0, mostBars).map((total) => barOf(total, total.by[by] ?? '')), title)}
<table><thead><tr><th>${escaped(by)}</th><th>asked of owners</th><th>asked by platforms</th><th>margin</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const barOf = ({ amount, cost }: CostTotal, name: string): Bar => ({ name, amount: Number(amount), cost: Number(cost) });
const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);
