export { bookkeeping, type BookkeepingOptions, type Inside, type Program } from './bookkeeping.ts';
export { contract } from './contract.ts';
export { type Fault, type Faults, type When } from './faults.ts';
export { type MachineEvent, type Machinery, type Tell, type Workload } from './machinery.ts';
export { type Catalogue, type Level } from './runpod/catalogue.ts';
export { type PodFacts, type RunpodCloud, runpodCloud, type RunpodCloudOptions } from './runpod/cloud.ts';
export { type Exchange } from './runpod/reply.ts';
