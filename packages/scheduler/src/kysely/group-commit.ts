import type { Clock, NebError, Random } from '@neb/core-types';
import { type Kysely, sql } from 'kysely';
import type { Change, Resource } from '../store.ts';
import { nameTaken, staleVersion } from '../conflicts.ts';
import { writeBatch } from './batch.ts';

interface Waiting {
  readonly changes: readonly Change[];
  resolve(put: readonly Resource[]): void;
  reject(error: unknown): void;
}

const batchSize = 64;

/**
 * Gathers the commits that arrive while a transaction is under way into the next one, so that many share
 * one round of statements and one flush to disk. Each is still all or nothing, and fails alone.
 */
export function groupCommit<T>(db: Kysely<T>, chance: { readonly clock: Clock; readonly random: Random }): (changes: readonly Change[]) => Promise<readonly Resource[]> {
  const waiting: Waiting[] = [];
  let running = false;

  return (changes) =>
    new Promise((resolve, reject) => {
      waiting.push({ changes, resolve, reject });
      if (!running) void run();
    });

  async function run(): Promise<void> {
    running = true;
    // Those asked for in this very turn of the loop join the first batch.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize);
      await write(batch).catch((error: unknown) => (batch.length === 1 ? batch[0]!.reject(inWords(error, batch[0]!.changes)) : oneByOne(batch)));
    }
    running = false;
  }

  /** One of them made the database refuse: alone, it fails alone. */
  async function oneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const commit of batch) await write([commit]).catch((error: unknown) => commit.reject(inWords(error, commit.changes)));
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    const answers = await db.transaction().execute(async (tx) => {
      const versions = await lockedVersions(tx, batch);
      const verdicts = batch.map((commit) => ({ commit, conflict: staleIn(commit.changes, versions) }));
      const good = verdicts.filter((v) => v.conflict === undefined).flatMap((v) => v.commit.changes);
      const seqs = await writeBatch(tx, good, chance);
      return verdicts.map(({ commit, conflict }) => ({ commit, conflict, put: conflict ? [] : commit.changes.flatMap((c) => (c.do === 'put' ? [written(c.resource, seqs)] : [])) }));
    });
    for (const { commit, conflict, put } of answers) {
      if (conflict) commit.reject(conflict);
      else commit.resolve(put);
    }
  }
}

/** The versions of what a batch replaces, locked until it is over. */
async function lockedVersions<T>(tx: Kysely<T>, batch: readonly Waiting[]): Promise<Map<string, number>> {
  const ids = [...new Set(batch.flatMap((b) => b.changes.flatMap((c) => ((c.do === 'put' || c.do === 'drop') && c.resource.version > 0 ? [c.resource.id] : []))))];
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; version: number }>`select id, version from resources where id = any(${ids}::text[]) order by id for update`.execute(tx);
  return new Map(rows.map((row) => [row.id, row.version]));
}

/** The first stale write among `changes`; where there is none, `versions` moves on, so that a later commit of the batch is judged against this one. */
function staleIn(changes: readonly Change[], versions: Map<string, number>): NebError | undefined {
  const next = new Map<string, number>();
  for (const change of changes) {
    if (change.do !== 'put' && change.do !== 'drop') continue;
    const { resource } = change;
    const current = next.get(resource.id) ?? versions.get(resource.id) ?? 0;
    if (change.do === 'drop' && current === 0) continue;
    if (current !== resource.version) return staleVersion(resource, current > 0 ? current : undefined);
    next.set(resource.id, change.do === 'put' ? current + 1 : -1);
  }
  for (const [id, version] of next) versions.set(id, version);
  return undefined;
}

function written(resource: Resource, seqs: ReadonlyMap<string, number>): Resource {
  return { ...resource, version: resource.version + 1, seq: seqs.get(resource.id) ?? resource.seq };
}

function inWords(error: unknown, changes: readonly Change[]): unknown {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code !== '23505' || constraint !== 'resources_name') return error;
  const fresh = changes.find((c) => c.do === 'put' && c.resource.version === 0);
  return fresh?.do === 'put' ? nameTaken(fresh.resource) : error;
}
