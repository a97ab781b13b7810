import { decimal, formatDecimal, plus, zero } from '../src/money/decimal.ts';

/** The sum of decimal strings, as text. */
export const plainSum = (texts: readonly string[]): string => formatDecimal(texts.reduce((sum, text) => plus(sum, decimal(text)), zero));

/** Less than, equal or greater. */
export function compare(a: string, b: string): number {
  const { digits } = plus(decimal(a), decimal(`-${b}`.replace('--', '')));
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}
