export { copyImage } from './conformance.ts';
export { type OwnEngine, podmanEngine } from './own-engine.ts';
export { busyboxImage, collectText, engineApi, type TestImage } from './real-engine.ts';
