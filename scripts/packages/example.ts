import { existsSync } from 'node:fs';
import { cp, glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run } from '../run.ts';
import type { Packed, PackageJson } from './pack.ts';

/** Installs an example from tarballs in `into`, far from the workspace, and checks that it compiles and loads there. */
export async function exampleProblems(name: string, packed: readonly Packed[], into: string): Promise<string[]> {
  const folder = join(into, name);
  const source = join(root, 'examples', name);
  if (!existsSync(source)) return [`There is no examples/${name}.`];
  await cp(source, folder, { recursive: true, filter: (path) => !/node_modules|\.turbo/.test(path) });
  await useTarballs(folder, packed);
  const install = await run(['pnpm', 'install', '--no-frozen-lockfile', '--prefer-offline'], { cwd: folder });
  if (install.code !== 0) return [`It does not install: ${install.output}`];
  const compile = await run(['tsc', '--noEmit', '-p', '.'], { cwd: folder });
  if (compile.code !== 0) return [`It does not compile: ${compile.output}`];
  return loadProblems(folder, packed);
}

/** Points every @neb dependency, direct or not, at what was packed. */
async function useTarballs(folder: string, packed: readonly Packed[]): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as PackageJson;
  const tarballs = Object.fromEntries(packed.map(({ manifest: { name }, tarball }) => [name, `file:${tarball}`]));
  const dependencies = Object.fromEntries(Object.entries(manifest.dependencies ?? {}).map(([name, version]) => [name, tarballs[name] ?? version]));
  await writeFile(file, JSON.stringify({ ...manifest, dependencies }, null, 2));
  // The folder is a workspace of its own: the same catalog and build approvals, other sources.
  const settings = (await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8')).replace(/^packages:.*$/m, '');
  const overrides = Object.entries(tarballs).map(([name, tarball]) => `  '${name}': '${tarball}'\n`);
  await writeFile(join(folder, 'pnpm-workspace.yaml'), `${settings}\noverrides:\n${overrides.join('')}`);
}

/** A package's public names must load in plain Node, and so must the example's own files parse. */
async function loadProblems(folder: string, packed: readonly Packed[]): Promise<string[]> {
  const problems: string[] = [];
  const dependencies = Object.keys((JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson).dependencies ?? {});
  for (const { manifest } of packed.filter(({ manifest: { name } }) => dependencies.includes(name)))
    for (const entry of Object.keys(manifest.exports ?? {})) {
      const specifier = join(manifest.name, entry);
      const loading = await run(['node', '--input-type=module', '-e', `await import(${JSON.stringify(specifier)})`], { cwd: folder });
      if (loading.code !== 0) problems.push(`import '${specifier}' fails: ${loading.output}`);
    }
  for await (const file of glob(['*.{js,mjs,ts}', 'src/**/*.{js,mjs,ts}'], { cwd: folder })) {
    const parsing = await run(['node', '--check', file], { cwd: folder });
    if (parsing.code !== 0) problems.push(parsing.output);
  }
  return problems;
}
