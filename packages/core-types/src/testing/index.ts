export { type FakeClock, fakeClock } from './fake-clock.ts';
export { type ConformanceCase, conformanceCases, type Skip, type Subject } from './conformance.ts';
export { type MemoryCloud, memoryCloud, type MemoryCloudOptions } from './memory-cloud.ts';
export { seededRandom } from './seeded-random.ts';
