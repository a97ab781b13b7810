import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { amountOf, amountOver, type Rate, rateOf, sumsOf } from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/billing.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => /^\| (runtime|platform|gateway|\*\*sum\*\*) \|/.test(line) && line.split('|').length === 10)
  .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()) as [string, string, string, string, string, string, string, string]);

function rated(meter: Parameters<typeof rateOf>[0], platformPrice?: string): Rate {
  const found = rateOf(meter, platformPrice);
  if ('problem' in found) throw new Error(found.problem);
  return found.rate;
}

const ms = (time: string): number => Date.parse(`2026-11-01T${time}Z`) - Date.parse('2026-11-01T08:00:00.000Z');
const asked = rated({ costp: 20, unit: 'hour', currency: 'USD' }, '1.19');
const platform = rated({ cost: '1.19', unit: 'hour', currency: 'USD' });
const token = rated({ cost: '0.000002', unit: 'token', currency: 'USD' });

test('the worked example of docs/billing.md is what the prices come to', () => {
  const computed = rows.slice(0, -1).map(([line, from, to, quantity]) => {
    if (line === 'gateway') return [line, '', '', quantity, 'token', `${token.price} a token`, amountOf(token, quantity).amount, '0'];
    const span = { fromMs: ms(from), toMs: ms(to) };
    const seconds = String((span.toMs - span.fromMs) / 1_000);
    return line === 'runtime'
      ? [line, from, to, seconds, 'second', `${asked.price} an hour`, amountOver(asked, span).amount, '0']
      : [line, from, to, seconds, 'second', `${platform.price} an hour`, '0', amountOver(platform, span, 'up').amount];
  });
  expect(computed.map(([line]) => line)).toEqual(['runtime', 'runtime', 'platform', 'platform', 'gateway']);
  expect(rows.slice(0, -1)).toEqual(computed);
  const sum = (at: 6 | 7): string | undefined => sumsOf(computed.map((row) => ({ currency: 'USD', amount: row[at]! })))[0]?.amount;
  expect(rows.at(-1)!.slice(6)).toEqual([sum(6), sum(7)]);
  const margin = sumsOf([{ currency: 'USD', amount: sum(6)! }, { currency: 'USD', amount: `-${sum(7)!}` }])[0]!.amount;
  expect(page).toContain(`The owner's bill is $${sum(6)}, the platform's $${sum(7)}, and the margin what is between: $${margin}.`);
});

test('twenty minutes three times are what the page says of them, and an hour exactly its price', () => {
  const rate = rated({ cost: '0.37', unit: 'hour', currency: 'USD' });
  const [a, b, c] = [0, 1, 2].map((n) => amountOver(rate, { fromMs: n * 1_200_000, toMs: (n + 1) * 1_200_000 }).amount);
  expect(page).toContain(`Three lines of twenty minutes at $0.37 an hour are ${a}, ${b} and ${c}.`);
  expect(amountOver(rate, { fromMs: 0, toMs: 3_600_000 }).amount).toBe('0.37');
});
