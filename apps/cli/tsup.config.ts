// @boundaries-ignore one build configuration serves every package
import { defineConfig, library } from '../../tsup.base.ts';

export default defineConfig({
  ...library({ main: 'src/main.ts' }),
  dts: false,
  splitting: true,
  sourcemap: false,
  // Few files load faster than many. The control plane stays a package of its own, which only `neb serve` loads.
  noExternal: [/^@neb\/(core-types|sdk)/, 'commander', 'picocolors', 'yaml', 'zod', 'ws'],
  external: ['@neb/server'],
  // What is bundled of CommonJS still calls it for Node's own modules.
  banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
});
