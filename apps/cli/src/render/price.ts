/** What an hour costs: `$1.5/h`, `$0.9/h spot`. */
export function priceText({ price_per_hour: price, spot }: { readonly price_per_hour: string; readonly spot: boolean }): string {
  return `$${price}/h${spot ? ' spot' : ''}`;
}
