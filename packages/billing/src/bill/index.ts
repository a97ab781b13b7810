export { type BillHeader, billLines, type BillTotal } from './bill.ts';
export { perHour } from '../price/per-hour.ts';
export { billKeyId, type BillSignature, type BillStatement, publicKeysIn, signBill } from './signature.ts';
export { type BillProblem, type BillVerdict, verifyBill } from './verify-bill.ts';
