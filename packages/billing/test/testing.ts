export { plainSum } from './exactly.ts';
export { emptied } from './ledger-cases.ts';
export { ledgerSums } from './openmeter-cases.ts';
export { type Fault as OpenmeterFault, type OpenmeterFake, openmeterFake } from './openmeter-fake.ts';
