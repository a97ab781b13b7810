import { escaped, figure } from './text.ts';

/** One place of a plot: what owners are asked there, and what platforms ask. */
export interface Bar {
  readonly name: string;
  readonly amount: number;
  readonly cost: number;
}

const says = { asked: 'asked of owners', paid: 'asked by platforms' } as const;
const width = 960;
const height = 260;
const left = 64;
const bottom = 28;
const top = 12;

/** Two columns for each bar, side by side, over a common scale that begins at nothing; as SVG that needs nothing else. */
export function columnsPlot(bars: readonly Bar[], title: string): string {
  const { low, high, steps } = scaleOf(bars);
  const y = (value: number): number => top + (height - top - bottom) * (1 - (value - low) / (high - low));
  const slot = (width - left) / bars.length;
  const wide = Math.min(22, slot * 0.38);
  const every = Math.ceil(bars.length / 12);
  const columns = bars.map(({ name, amount, cost }, nth) => {
    const middle = left + slot * (nth + 0.5);
    const column = (value: number, x: number, kind: 'asked' | 'paid'): string =>
      `<rect class="${kind}" x="${px(x)}" y="${px(Math.min(y(value), y(0)))}" width="${px(wide)}" height="${px(Math.abs(y(value) - y(0)))}" rx="1.5"><title>${escaped(`${name}: ${figure(value)} ${says[kind]}`)}</title></rect>`;
    const label = nth % every === 0 ? `<text class="tick" x="${px(middle)}" y="${height - 8}" text-anchor="middle">${escaped(name.length === 10 ? name.slice(5) : name)}</text>` : '';
    return column(amount, middle - wide - 1, 'asked') + column(cost, middle + 1, 'paid') + label;
  });
  const lines = steps.map((step) => `<line class="grid" x1="${left}" x2="${width}" y1="${px(y(step))}" y2="${px(y(step))}"/><text class="tick" x="${left - 8}" y="${px(y(step) + 4)}" text-anchor="end">${escaped(figure(step))}</text>`);
  return svg(height, title, `${lines.join('')}${columns.join('')}<line class="axis" x1="${left}" x2="${width}" y1="${px(y(0))}" y2="${px(y(0))}"/>`);
}

const row = 34;
const names = 240;
const figures = 110;

/** A pair of bars for each name, the greatest first as they are given, with its figures behind. */
export function barsPlot(bars: readonly Bar[], title: string): string {
  const high = Math.max(...bars.flatMap(({ amount, cost }) => [amount, cost]), 0) || 1;
  const long = (value: number): number => (Math.max(0, value) / high) * (width - names - figures);
  const rows = bars.map(({ name, amount, cost }, nth) => {
    const at = nth * row + 4;
    const bar = (value: number, y: number, kind: string): string =>
      `<rect class="${kind}" x="${names}" y="${y}" width="${px(long(value))}" height="11" rx="1.5"/><text class="value" x="${px(names + long(value) + 6)}" y="${y + 10}">${escaped(figure(value))}</text>`;
    return `<g><title>${escaped(`${name}: ${figure(amount)} ${says.asked}, ${figure(cost)} ${says.paid}`)}</title><text class="name" x="${names - 10}" y="${at + 16}" text-anchor="end">${escaped(shortened(name))}</text>${bar(amount, at, 'asked')}${bar(cost, at + 13, 'paid')}</g>`;
  });
  return svg(bars.length * row + 4, title, rows.join(''));
}

function svg(tall: number, title: string, inner: string): string {
  return `<svg viewBox="0 0 ${width} ${tall}" role="img" aria-label="${escaped(title)}">${inner}</svg>`;
}

/** From nothing, or below where something was taken back, to a round figure above all. */
export function scaleOf(bars: readonly Bar[]): { readonly low: number; readonly high: number; readonly steps: readonly number[] } {
  const values = bars.flatMap(({ amount, cost }) => [amount, cost]);
  const [most, least] = [Math.max(0, ...values), Math.min(0, ...values)];
  if (most === 0 && least === 0) return { low: 0, high: 1, steps: [0] };
  const rough = (most - least) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const [from, to] = [Math.floor(least / step), Math.ceil(most / step)];
  return { low: from * step, high: to * step, steps: Array.from({ length: to - from + 1 }, (_, nth) => (from + nth) * step) };
}

const px = (value: number): string => String(Math.round(value * 10) / 10);

function shortened(name: string): string {
  return name.length > 32 ? `${name.slice(0, 31)}…` : name;
}
