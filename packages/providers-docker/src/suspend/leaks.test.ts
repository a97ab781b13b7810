import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dropLeaks, ownFile } from './leaks.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'neb-leaks-'));
});
afterEach(() => rm(root, { recursive: true }));

async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(root, name);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}

it('removes copies of this very checkpoint, and leaves those of others, of its other forks, and what is none', async () => {
  const own = await folder('own', { 'core-1.img': 'a', 'mm-1.img': 'b', 'pages-1.img': 'c', [ownFile]: 'one' });
  await folder('ctrd-checkpoint1', { 'core-1.img': 'a', 'mm-1.img': 'b', [ownFile]: 'one' });
  await folder('ctrd-checkpoint2', { 'core-1.img': 'a', 'mm-1.img': 'b', [ownFile]: 'two' });
  await folder('ctrd-checkpoint3', { 'core-1.img': 'a', 'mm-1.img': 'b' });
  await folder('ctrd-checkpoint4', { 'core-1.img': 'a', 'mm-1.img': 'x', [ownFile]: 'one' });
  await folder('ctrd-checkpoint5', {});
  await dropLeaks(own, root);
  expect((await readdir(root)).sort()).toEqual(['ctrd-checkpoint2', 'ctrd-checkpoint3', 'ctrd-checkpoint4', 'ctrd-checkpoint5', 'own']);
});

it('never throws', async () => {
  await dropLeaks(undefined, root);
  await dropLeaks(join(root, 'none'), join(root, 'nowhere'));
});
