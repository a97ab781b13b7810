import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What is written down of a snapshot before the engine is asked for it, and while it is made. */
export const snapshotFacts = z.object({
  key: z.string(),
  fleet: z.string(),
  /** Key of the instance. */
  of: z.string(),
  /** The container's name at the engine. */
  container: z.string(),
  then: z.enum(['suspend', 'run']),
  for: z.enum(['itself', 'any']),
  connections: z.enum(['close', 'keep']),
  state: z.enum(['saving', 'ready', 'failed']),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
  takenAt: z.string().optional(),
  sizeBytes: z.number().optional(),
  /** By which suspension of the container, as the engine tells them apart, the instance goes on in its place. */
  stamp: z.string().optional(),
  /** Nobody asks for it any more: it goes when the instance does. */
  isForgotten: z.boolean().optional(),
  made: z.object({
    engine: z.string().optional(), kernel: z.string().optional(), arch: z.string().optional(), cpu: z.string().optional(),
    accelerator: z.string().optional(), image: z.string().optional(),
  }),
});
export type SnapshotFacts = z.infer<typeof snapshotFacts>;

/** Folders of this machine, one a snapshot of an engine. They hold memory of containers, so only their owner may look. */
export interface Shelf {
  read(name: string): Promise<SnapshotFacts | undefined>;
  /** After it they are whole, whatever happens while it runs. */
  write(name: string, facts: SnapshotFacts): Promise<void>;
  /** Succeeds if there is nothing. */
  remove(name: string): Promise<void>;
  all(): Promise<readonly (readonly [name: string, facts: SnapshotFacts])[]>;
  /** The path of a file or folder of a snapshot. */
  path(name: string, file: string): string;
}

const file = 'snapshot.json';

export function shelf(root: string): Shelf {
  async function read(name: string): Promise<SnapshotFacts | undefined> {
    try {
      return snapshotFacts.parse(JSON.parse(await readFile(join(root, name, file), 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  return {
    read,
    async write(name, facts) {
      const folder = join(root, name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `${file}.${randomUUID()}`);
      await writeFile(draft, JSON.stringify(facts), { mode: 0o600, flush: true });
      await rename(draft, join(folder, file));
    },
    remove: (name) => rm(join(root, name), { recursive: true, force: true }),
    async all() {
      const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const found = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
      return found.flatMap(([name, facts]) => (facts ? [[name, facts] as const] : []));
    },
    path: (name, of) => join(root, name, of),
  };
}

/** Whether there is a file or folder. */
export async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

/** What a file, or the files of a folder, hold in all; nothing where it is not there. */
export async function bytesIn(path: string): Promise<number> {
  const seen = await stat(path).catch(() => undefined);
  if (!seen?.isDirectory()) return seen?.size ?? 0;
  const sizes = await Promise.all((await readdir(path)).map((file) => bytesIn(join(path, file))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
