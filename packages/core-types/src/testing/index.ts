export { conformanceCases } from './conformance/cases.ts';
export { type ConformanceCase, type Listener, type Skip, type Subject } from './conformance/subject.ts';
export { type FakeClock, fakeClock } from './fake-clock.ts';
export { insist, rejectionOf } from './insist.ts';
export { type MemoryCloud, memoryCloud, type MemoryCloudOptions } from './memory/cloud.ts';
export { seededRandom } from './seeded-random.ts';
export { type SelfSigned, selfSigned } from './self-signed.ts';
