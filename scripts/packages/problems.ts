import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import type { Packed } from './pack.ts';

/** What a person who installs the package would stumble over. */
export async function packedProblems(packed: Packed): Promise<string[]> {
  return [...contents(packed), ...(await publint(packed)), ...(await types(packed))];
}

function contents({ files, folder, manifest }: Packed): string[] {
  const missing = ['LICENSE', 'README.md'].filter((name) => !files.includes(name));
  const strays = files.filter((file) => /^(src|test|scripts)\/|\.test\.|tsconfig|turbo\.json|(?<!\.d)\.ts$/.test(file));
  const targets = [...Object.values(manifest.exports ?? {}), ...Object.values(manifest.bin ?? {})];
  const dangling = targets.filter((target) => !existsSync(join(folder, target)));
  const unresolved = Object.entries(manifest.dependencies ?? {}).filter(([, version]) => /^(workspace|catalog|link|file):/.test(version));
  return [
    ...(files.some((file) => file.startsWith('dist/')) ? [] : ['Its tarball has no dist.']),
    ...missing.map((name) => `Its tarball has no ${name}.`),
    ...strays.map((file) => `Its tarball carries ${file}.`),
    ...dangling.map((target) => `It exports ${target}, which the tarball does not have.`),
    ...unresolved.map(([name, version]) => `It depends on ${name} at ${version}, which no registry knows.`),
  ];
}

async function publint({ tarball }: Packed): Promise<string[]> {
  const { code, output } = await run(['publint', 'run', tarball, '--strict']);
  return code === 0 ? [] : [output];
}

/** A package that is only a command has no types to get wrong. */
async function types({ tarball, manifest }: Packed): Promise<string[]> {
  if (manifest.bin) return [];
  const { code, output } = await run(['attw', tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color']);
  return code === 0 ? [] : [output];
}
