// Bundles what `tsc -p .` declared into the `dist` of every published package, one file a public subpath.
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { publishedPackages } from './packages/pack.ts';
import { root } from './run.ts';

interface Built {
  readonly 'neb-built': string;
  readonly default: string;
}

const declared = join(root, 'node_modules/.cache/declarations');

/** A declaration names others by the files that they were made of. */
const sourceNames: Plugin = {
  name: 'source-names',
  resolveId: {
    order: 'pre',
    handler(id, importer) {
      const file = importer !== undefined && /^\..*(?<!\.d)\.ts$/.test(id) ? join(dirname(importer), id.replace(/\.ts$/, '.d.ts')) : undefined;
      return file !== undefined && existsSync(file) ? file : null;
    },
  },
};

for (const folder of publishedPackages()) {
  const input = entriesOf(folder);
  // A package that is only a command declares nothing.
  if (Object.keys(input).length > 0) await bundle(folder, input);
}

/** What declares each public subpath, by the name that it has in `dist`. */
function entriesOf(folder: string): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { exports: Readonly<Record<string, string | Built>> };
  const built = Object.values(exports).filter((target) => typeof target !== 'string');
  return Object.fromEntries(built.map(({ 'neb-built': file, default: source }) => [basename(file, '.js'), join(declared, folder, source.replace(/\.ts$/, '.d.ts'))]));
}

async function bundle(folder: string, input: Record<string, string>): Promise<void> {
  const dist = join(root, folder, 'dist');
  // What is shared has its hash in its name.
  for (const old of globSync('*.d.ts', { cwd: dist })) rmSync(join(dist, old));
  await using bundler = await rolldown({
    input,
    external: (id) => !/^[./]/.test(id),
    // The plugin generates nothing here: it bundles what is there.
    plugins: [sourceNames, dts({ dtsOnly: true, generator: 'oxc', tsconfig: false })],
  });
  await bundler.write({ dir: dist, format: 'es' });
}
