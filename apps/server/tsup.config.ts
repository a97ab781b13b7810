// @boundaries-ignore one build configuration serves every package
import { defineConfig, library } from '../../tsup.base.ts';

// The gateway's programs are found beside what is built.
export default defineConfig(library({ index: 'src/index.ts', 'gateway-process': 'src/gateway/process.ts', 'gateway-policy': 'src/gateway/policy.ts' }));
