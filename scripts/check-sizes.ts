// Holds source files to a size that is read in one go, and the client to a size that a browser or a function can carry.
import { globSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { root } from './run.ts';

const medianLines = 110;
const nineTenthsLines = 300;
const clientKiB = 100;
/** What a client must never carry: the control plane and its drivers. */
const notInClient = /apps\/server|packages\/(?!core-types|sdk\/)|node_modules\/(@trpc\/server|trpc-to-openapi|kysely|pg|dockerode|pino)\//;

const problems = [...fileSizes(), ...(await clientSize())];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function fileSizes(): string[] {
  const files = globSync(['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'], { cwd: root, exclude: (name) => name.endsWith('.test.ts') });
  const sizes = files.map((file) => ({ file, lines: readFileSync(`${root}/${file}`, 'utf8').split('\n').length - 1 })).sort((a, b) => a.lines - b.lines);
  if (sizes.length === 0) return ['Found no source files.'];
  const median = at(sizes, 0.5);
  const nineTenths = at(sizes, 0.9);
  const longest = sizes.slice(-5).map(({ file, lines }) => `  ${lines} ${file}`).join('\n');
  console.log(`${sizes.length} source files: median ${median} lines, 90 % within ${nineTenths}; the longest:\n${longest}`);
  return [
    ...(median > medianLines ? [`The median source file has ${median} lines, more than ${medianLines}: split the files that hold two ideas.`] : []),
    ...(nineTenths > nineTenthsLines ? [`A tenth of the source files has more than ${nineTenths} lines; ${nineTenthsLines} is the limit.`] : []),
  ];
}

function at(sorted: readonly { readonly lines: number }[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]?.lines ?? 0;
}

async function clientSize(): Promise<string[]> {
  const bundle = await build({
    stdin: { contents: "export { createNeb } from '@neb/sdk';", resolveDir: `${root}/apps/cli`, loader: 'ts' },
    bundle: true, minify: true, write: false, metafile: true, format: 'esm', platform: 'node', target: 'node22', logLevel: 'error',
  });
  const kib = Math.ceil((bundle.outputFiles[0]?.contents.length ?? 0) / 1024);
  // Only what survived tree shaking weighs anything.
  const inputs = Object.values(bundle.metafile.outputs).flatMap((out) => Object.entries(out.inputs)).filter(([, input]) => input.bytesInOutput > 0);
  const strays = inputs.map(([file]) => file).filter((file) => notInClient.test(file));
  console.log(`import { createNeb } from '@neb/sdk': ${kib} KiB minified, of ${clientKiB} allowed`);
  return [
    ...(kib > clientKiB ? [`The client bundles to ${kib} KiB, more than ${clientKiB}.`] : []),
    ...strays.map((file) => `The client carries ${file}, which only a server needs.`),
  ];
}
