/** An amount for people: `$4.66`, `$0.0012`, `2.10 EUR`. Two places from one up, and two digits that count below it. */
export function moneyText(amount: string, currency: string): string {
  const value = Number(amount);
  const size = Math.abs(value);
  const digits = size >= 1 || size === 0 ? size.toFixed(size === 0 ? 0 : 2) : small(size);
  const sign = value < 0 ? '-' : '';
  return currency === 'USD' ? `${sign}$${digits}` : `${sign}${digits} ${currency}`;
}

/** What several currencies are together: `$1.20 + 3.00 EUR`; empty where there are none. */
export function moneysText(amounts: readonly { readonly currency: string; readonly amount: string }[]): string {
  return amounts.map(({ amount, currency }) => moneyText(amount, currency)).join(' + ');
}

function small(size: number): string {
  const [whole, behind = ''] = size.toLocaleString('en', { maximumSignificantDigits: 2, useGrouping: false }).split('.');
  return `${whole}.${behind.padEnd(2, '0')}`;
}
