// Writes worker.ts, or another, with all it needs into one file: node bundle.ts FILE [WORKER]
import { join } from 'node:path';
import { build } from 'esbuild';

await build({
  entryPoints: [process.argv[3] ?? join(import.meta.dirname, 'worker.ts')],
  bundle: true, platform: 'node', format: 'esm', target: 'node22', outfile: process.argv[2] ?? 'worker.mjs', logLevel: 'warning',
  // What is bundled of CommonJS still calls it for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
