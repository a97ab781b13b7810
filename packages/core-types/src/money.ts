import { z } from 'zod';

const nanosPerUnit = 1_000_000_000n;
const hourMs = 3_600_000n;
const decimalPattern = /^(-?)(\d+)(?:\.(\d{1,9}))?$/;

/** Billionths of a currency unit, exactly; `undefined` if `text` is not a decimal of at most nine places. */
export function parseMoney(text: string): bigint | undefined {
  const match = decimalPattern.exec(text.trim());
  if (!match) return undefined;
  const nanos = BigInt(match[2]!) * nanosPerUnit + BigInt((match[3] ?? '').padEnd(9, '0'));
  return match[1] ? -nanos : nanos;
}

/** The decimal string of billionths, without trailing zeros: `1500000000n` is `1.5`. */
export function formatMoney(nanos: bigint): string {
  const positive = nanos < 0n ? -nanos : nanos;
  const places = (positive % nanosPerUnit).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${positive / nanosPerUnit}${places && `.${places}`}`;
}

/** Less than, equal or greater, as a sort wants it. Throws a plain error on what is not an amount: taking it for 0 would make it the cheapest. */
export function compareMoney(a: string, b: string): number {
  const [x, y] = [amount(a), amount(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Both together. */
export function addMoney(a: string, b: string): string {
  return formatMoney(amount(a) + amount(b));
}

/** What so long of an hourly price costs, rounded up to a billionth. */
export function costOf(pricePerHour: string, ms: number): string {
  return formatMoney((amount(pricePerHour) * BigInt(Math.max(0, Math.ceil(ms))) + hourMs - 1n) / hourMs);
}

/** US dollars as people read them, to the cent: `$12`, `$0.50`, `less than $0.01`. */
export function inDollars(text: string): string {
  const rounded = (amount(text) + 5_000_000n) / 10_000_000n;
  if (rounded <= 0n) return amount(text) > 0n ? 'less than $0.01' : '$0';
  const cents = (rounded % 100n).toString().padStart(2, '0');
  return `$${rounded / 100n}${cents === '00' ? '' : `.${cents}`}`;
}

/** An amount of money: a number or a decimal string of at most nine places. Comes out as a decimal string. */
export const money = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const nanos = parseMoney(typeof value === 'number' ? plainDecimal(value) : value);
    if (nanos !== undefined) return formatMoney(nanos);
    context.issues.push({ code: 'custom', message: 'must be an amount such as 0.1, with at most nine decimal places', input: value });
    return z.NEVER;
  })
  .pipe(z.string())
  .meta({ title: 'money' });

/** Money asked for something: never less than nothing. */
export const price = money.refine((text) => !text.startsWith('-'), { error: 'must not be negative' });

function amount(text: string): bigint {
  const nanos = parseMoney(text);
  if (nanos === undefined) throw new Error(`not an amount of money: ${text}`);
  return nanos;
}

/** YAML hands small amounts over as floats such as 1e-7, whose shortest form is what the author wrote. */
function plainDecimal(value: number): string {
  const text = String(value);
  const [, digits, exponent] = /^-?([\d.]+)e-(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return text;
  return `${value < 0 ? '-' : ''}0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`;
}
