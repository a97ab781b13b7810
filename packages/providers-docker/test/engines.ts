export { copyImage } from './conformance.ts';
export { type OwnEngine, podmanEngine } from './own-engine.ts';
export { busyboxImage, collectText, type TestImage } from './real-engine.ts';
