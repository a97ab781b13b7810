export { type Money, sumOf, sumsOf } from './money/money.ts';
export { amountOf, amountOver, type Span, totalAfter } from './price/amount.ts';
export { platformCurrency, type Rate, type Rated, rateOf } from './price/rate.ts';
export { millisecondsIn } from './price/units.ts';
