import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run } from '../run.ts';

export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Packed {
  /** Folder in the repository, such as `packages/sdk`. */
  readonly source: string;
  readonly tarball: string;
  /** Where the tarball was unpacked. */
  readonly folder: string;
  readonly files: readonly string[];
  /** As packed: with `publishConfig` applied and `workspace:` resolved. */
  readonly manifest: PackageJson;
}

/** Folders of the packages that go to a registry. */
export function publishedPackages(): string[] {
  const folders = globSync(['packages/*/package.json', 'apps/*/package.json'], { cwd: root }).map((file) => dirname(file)).sort();
  return folders.filter((folder) => !readManifest(join(root, folder)).private);
}

/** Packs one built package into `into`, and unpacks it beside the tarball. */
export async function pack(source: string, into: string): Promise<Packed | { readonly problem: string }> {
  if (!existsSync(join(root, source, 'dist'))) return { problem: 'It has no dist: run `pnpm build` first.' };
  const packing = await run(['pnpm', 'pack', '--json', '--pack-destination', into], { cwd: join(root, source) });
  if (packing.code !== 0) return { problem: packing.output };
  const { filename: tarball, files } = JSON.parse(packing.output.slice(packing.output.indexOf('{'))) as { filename: string; files: { path: string }[] };
  const unpacking = await run(['tar', 'xzf', tarball, '--one-top-level', '--strip-components=1'], { cwd: into });
  if (unpacking.code !== 0) return { problem: unpacking.output };
  const folder = tarball.replace(/\.tgz$/, '');
  return { source, tarball, folder, files: files.map(({ path }) => path), manifest: readManifest(folder) };
}

function readManifest(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
}
