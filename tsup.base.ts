import { defineConfig, type Options } from 'tsup';

/** How every library is built: ESM with declarations, one entry a public subpath. */
export const library = (entry: Record<string, string>): Options => ({
  entry,
  format: 'esm',
  // Declarations take a minute that running neb needs not wait for: scripts/setup.sh leaves them to `pnpm build`.
  dts: process.env['NEB_BUILD_TYPES'] !== 'no',
  clean: true,
  target: 'node22',
  sourcemap: true,
});

export { defineConfig };
