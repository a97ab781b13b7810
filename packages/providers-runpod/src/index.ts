export type { RunpodOptions } from './options.ts';
export { runpod, type RunpodProvider } from './runpod.ts';
