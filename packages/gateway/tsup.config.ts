// @boundaries-ignore one build configuration serves every package
import { defineConfig, library } from '../../tsup.base.ts';

// The worker is a program: `createGatewayCluster` finds it beside itself.
export default defineConfig(library({ index: 'src/index.ts', worker: 'src/cluster/worker.ts' }));
