export { type Accrual, accrualOf, type Counted, countedBy } from './accrual.ts';
export { affordable } from './admission.ts';
export { type Ending, isAtMinimum, isClosed, judgeBudget, type Judgement, type Measured, type Spender } from './judge.ts';
export { nanosOf } from './nanos.ts';
export { type KnownRun, type Spending, spendingOf, type SpendingQuery } from './spending.ts';
export { type Window, windowsOf } from './windows.ts';
export { inMoney } from './words.ts';
