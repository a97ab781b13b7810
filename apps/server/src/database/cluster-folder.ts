import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, readlink, realpath, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { NebError } from '@neb/core-types';
import { type Account, closedFolders } from './account.ts';

/** Where a cluster of ours lives, and where the socket of its server is. */
export interface ClusterFolder {
  readonly folder: string;
  readonly socketDir: string;
}

/** Of what runs as root; what an account without rights cannot reach is kept here. */
const systemFolder = '/var/lib/neb';

/**
 * `postgres` in the data folder, made if there is none, and the account's own. Where root's data folder lies out of
 * the account's reach, as under /root, that is a link to a folder below `system`: whoever deletes the data folder
 * gets a new cluster, never an old one without its keys.
 */
export async function clusterFolder(dataDir: string, account: Account | undefined, system = systemFolder): Promise<ClusterFolder> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const home = await realpath(dataDir);
  const inside = join(home, 'postgres');
  const linked = await readlink(inside).catch(() => undefined);
  if (linked === undefined && account && (await isOutOfReach(home, account))) {
    await mkdir(system, { recursive: true, mode: 0o755 });
    const made = await mkdtemp(join(system, `${basename(home).replace(/^\.+/, '')}-`));
    await symlink(made, inside);
  }
  const folder = linked ?? (await readlink(inside).catch(() => inside));
  await ownFolder(folder, account);
  return { folder, socketDir: await socketFolder(folder, account) };
}

/** Opens the data folder to the account where only that is in the way. */
async function isOutOfReach(home: string, account: Account): Promise<boolean> {
  const closed = await closedFolders(home, account);
  if (closed.some((folder) => folder !== home)) return true;
  if (closed.length > 0) {
    // To pass through and no more: its files stay closed, and it cannot be listed.
    await chown(home, -1, account.gid);
    await chmod(home, ((await lstat(home)).mode & 0o707) | 0o010);
  }
  return false;
}

/** In the cluster's folder; or, as a socket's path has at most 107 bytes, in a short folder of its own. */
export async function socketFolder(folder: string, account: Account | undefined): Promise<string> {
  const inside = join(folder, 'run');
  const fits = Buffer.byteLength(inside) <= 90;
  const path = fits ? inside : join(tmpdir(), `neb-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  await ownFolder(path, account);
  return path;
}

/** Makes the folder, closed to others. Throws `conflict` where someone else has made it first, as anyone can in /tmp. */
async function ownFolder(path: string, account: Account | undefined): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  const uid = account?.uid ?? process.getuid?.();
  if (account && made !== undefined) await chown(path, account.uid, account.gid);
  const facts = await lstat(path);
  if (account && facts.uid === 0 && facts.isDirectory()) await chown(path, account.uid, account.gid);
  else if (!facts.isDirectory() || (uid !== undefined && facts.uid !== uid)) {
    throw new NebError('conflict', `${path} belongs to someone else`, { hint: 'Remove it, or choose another NEB_DATA_DIR.' });
  }
  await chmod(path, 0o700);
}
