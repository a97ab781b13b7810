import { defineConfig, type Options } from 'tsup';

/** How every library is built: ESM, one entry a public subpath; its declarations come from scripts/declarations.ts. */
export const library = (entry: Record<string, string>): Options => ({
  entry,
  format: 'esm',
  clean: true,
  target: 'node22',
  sourcemap: true,
});

export { defineConfig };
