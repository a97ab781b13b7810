// @boundaries-ignore one build configuration serves every package
import { defineConfig, library } from '../../tsup.base.ts';

// The worker is a program, and so is the thread: who starts them finds them beside itself.
export default defineConfig(library({ index: 'src/index.ts', worker: 'src/cluster/worker.ts', 'numbers-thread': 'src/json/numbers-thread.ts' }));
