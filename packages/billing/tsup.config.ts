// @boundaries-ignore one build configuration serves every package
import { defineConfig, library } from '../../tsup.base.ts';

export default defineConfig(library({ index: 'src/index.ts', bill: 'src/bill/index.ts', budget: 'src/budget/index.ts', openmeter: 'src/openmeter/index.ts' }));
