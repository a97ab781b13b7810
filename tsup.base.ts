import { defineConfig, type Options } from 'tsup';

/** How every library is built: ESM with declarations, one entry a public subpath. */
export const library = (entry: Record<string, string>): Options => ({
  entry,
  format: 'esm',
  dts: true,
  clean: true,
  target: 'node22',
  sourcemap: true,
});

export { defineConfig };
