import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What makes a checkpoint that is restored unlike all others of the same snapshot, by its content. */
export const ownFile = 'neb.txt';

/** Of a checkpoint: where its processes had what, which address randomisation makes its own. */
const telling = /^(?:core|mm)-\d+\.img$/;

/**
 * Removes what containerd forgets in the folder for temporary files for each checkpoint: all of its memory. Only copies of this very
 * checkpoint go, others may be in use. Never throws. Can go once containerd's issue is closed and its fix common.
 */
export async function dropLeaks(checkpoint: string | undefined, temporary = tmpdir()): Promise<void> {
  if (checkpoint === undefined) return;
  const folders = (await readdir(temporary).catch(() => [])).filter((name) => name.startsWith('ctrd-checkpoint')).map((name) => join(temporary, name));
  if (folders.length === 0) return;
  const files = (await readdir(checkpoint).catch(() => [])).filter((name) => telling.test(name));
  if (files.length === 0) return;
  for (const folder of folders) if (await areSame(files, checkpoint, folder)) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

async function areSame(files: readonly string[], one: string, other: string): Promise<boolean> {
  try {
    const own = await Promise.all([one, other].map((folder) => readFile(join(folder, ownFile), 'utf8').catch(() => '')));
    // Another fork of this snapshot may be reading its copy just now.
    if (own[0] !== own[1]) return false;
    const pairs = await Promise.all(files.map(async (file) => [await readFile(join(one, file)), await readFile(join(other, file))] as const));
    return pairs.every(([a, b]) => a.equals(b));
  } catch {
    return false;
  }
}
