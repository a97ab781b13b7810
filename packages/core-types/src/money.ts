import { z } from 'zod';

const nanosPerUnit = 1_000_000_000n;
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

/** Less than, equal or greater, as a sort wants it. */
export function compareMoney(a: string, b: string): number {
  const [x, y] = [parseMoney(a) ?? 0n, parseMoney(b) ?? 0n];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** An amount of money: a number or a decimal string of at most nine places. Comes out as a decimal string. */
export const money = z.union([z.string(), z.number()]).transform((value, context) => {
  const nanos = parseMoney(typeof value === 'number' ? plainDecimal(value) : value);
  if (nanos !== undefined) return formatMoney(nanos);
  context.issues.push({ code: 'custom', message: 'must be an amount such as 0.1, with at most nine decimal places', input: value });
  return z.NEVER;
});

/** YAML hands small amounts over as floats such as 1e-7, whose shortest form is what the author wrote. */
function plainDecimal(value: number): string {
  const text = String(value);
  return text.includes('e-') ? value.toFixed(9).replace(/0+$/, '') : text;
}
