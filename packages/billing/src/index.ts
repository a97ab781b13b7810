export { type Money, sumOf, sumsOf } from './money/money.ts';
export { amountOf, amountOver, type Span, totalAfter } from './price/amount.ts';
export { platformCurrency, type Rate, type Rated, rateOf } from './price/rate.ts';
export { millisecondsIn } from './price/units.ts';
export { type Appended } from './ledger/append.ts';
export { type Ledger, ledger, type LedgerReader, type PlacedRecord } from './ledger/ledger.ts';
export { migrateBilling } from './ledger/migrate.ts';
export { type Dimension, dimensions, type Total, type Totals, type TotalsQuery } from './ledger/totals.ts';
