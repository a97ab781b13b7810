import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
// @boundaries-ignore one build configuration serves every package
import { defineConfig, library } from '../../tsup.base.ts';

const coreTypes = join(import.meta.dirname, '../../packages/core-types/src');

/** Which file of core-types each of its public names comes from. */
const homes = new Map(
  [...readFileSync(join(coreTypes, 'index.ts'), 'utf8').matchAll(/export \{([^}]*)\} from '(.+?)'/g)].flatMap(([, names = '', file = '']) =>
    names.split(',').map((name) => [name.replace('type ', '').trim(), join(coreTypes, file)] as const)),
);

/** `import { a, b } from '@neb/core-types'` as one import a file: through the index each of them would reach all of zod. */
function direct(names: string): string {
  const wanted = names.split(',').map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
  const types = names.split(',').map((name) => name.trim()).filter((name) => name.startsWith('type '));
  const values = wanted.map((name) => `import { ${name} } from ${JSON.stringify(homes.get(name.split(' ')[0] ?? '') ?? '@neb/core-types')};`);
  return [...values, ...(types.length > 0 ? [`import { ${types.join(', ')} } from '@neb/core-types';`] : [])].join(' ');
}

/** Chunks are split by file, so a verb that needs one function of a file with an index loads all that the index names. */
const leanImports = {
  name: 'lean-imports',
  setup(build: { onLoad(options: { filter: RegExp }, load: (args: { path: string }) => { contents: string; loader: 'ts' }): void }) {
    build.onLoad({ filter: /\/(apps\/cli|packages\/(billing|core-types|sdk))\/src\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8')
        .replaceAll(/^import \{([^}]*)\} from '@neb\/core-types';/gm, (_, names: string) => direct(names))
        // As a namespace only what is used of it is kept; as a value it brings 50 languages along.
        .replaceAll(/^import (type )?\{ z \} from 'zod';/gm, (_, type = '') => `import ${type}* as z from 'zod';`),
    }));
  },
};

export default defineConfig({
  ...library({ main: 'src/main.ts' }),
  splitting: true,
  sourcemap: false,
  esbuildPlugins: [leanImports],
  esbuildOptions(options) {
    // Comments are most of what is loaded; names stay, so that --debug can be read.
    options.minifyWhitespace = true;
    // Its ESM build: of CommonJS a bundle can load nothing by name later.
    options.alias = { yaml: join(dirname(createRequire(import.meta.url).resolve('yaml')), '../browser/index.js') };
  },
  // Few files load faster than many. The control plane stays a package of its own, which only `neb serve` loads.
  noExternal: [/^@neb\/(billing|core-types|sdk)/, 'commander', 'picocolors', 'yaml', 'zod', 'ws'],
  external: ['@neb/server'],
  // What is bundled of CommonJS still calls it for Node's own modules.
  banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
});
