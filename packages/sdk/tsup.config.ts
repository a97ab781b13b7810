// @boundaries-ignore one build configuration serves every package
import { defineConfig, library } from '../../tsup.base.ts';

export default defineConfig(library({ index: 'src/index.ts', contract: 'src/contract/index.ts', manifest: 'src/manifest/index.ts', worker: 'src/worker.ts' }));
