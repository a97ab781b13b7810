import { messageOf } from '@neb/core-types';
import type { Redis } from 'ioredis';

/**
 * What is lost of messages that were acknowledged to their sender. `nothing`: not even when the machine dies (append-only file, synced at each
 * write). `a second`: nothing when Redis is killed at rest, up to a second, or two under a slow disk, when it or the machine dies. `snapshots`: all since
 * the last. `everything`: nothing is on disk. `unknown`: Redis does not tell.
 */
export interface Durability {
  readonly loses: 'nothing' | 'a second' | 'snapshots' | 'everything' | 'unknown';
  /** False where Redis may drop keys, and messages with them, once its memory is full. */
  readonly keepsKeys: boolean;
}

export async function durabilityOf(redis: Redis): Promise<Durability> {
  const [appendOnly, fsync, save, eviction] = await Promise.all(['appendonly', 'appendfsync', 'save', 'maxmemory-policy'].map(async (name) => {
    // Redis of a cloud may keep its configuration to itself.
    const found = await (redis.call('CONFIG', 'GET', name) as Promise<readonly string[]>).catch((error: unknown) => {
      if (/^(ERR|NOPERM)/.test(messageOf(error))) return [];
      throw error;
    });
    return found[1];
  }));
  return { loses: lossOf(appendOnly, fsync, save), keepsKeys: eviction === undefined || eviction === 'noeviction' || eviction.startsWith('volatile') };
}

function lossOf(appendOnly: string | undefined, fsync: string | undefined, save: string | undefined): Durability['loses'] {
  if (appendOnly === undefined) return 'unknown';
  if (appendOnly !== 'yes') return save === '' ? 'everything' : 'snapshots';
  if (fsync === 'always') return 'nothing';
  return fsync === 'everysec' ? 'a second' : 'snapshots';
}
