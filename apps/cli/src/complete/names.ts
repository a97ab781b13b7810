import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Neb } from '@neb/sdk';
import { type ObjectKind } from '../kinds/table.ts';
import { clientOf } from '../objects.ts';
import type { Settings } from '../settings/settings.ts';
import type { World } from '../world.ts';

/** Names of objects of a kind: of a namespace, or of the one in use. */
export type Names = (kind: ObjectKind, namespace: string | undefined) => Promise<readonly string[]>;

export interface NamesOptions {
  readonly world: World;
  readonly neb: () => Promise<Neb>;
  readonly settings: () => Promise<Settings>;
}

/** What a person takes for now. */
const freshMs = 3_000;
/** A person who presses Tab does not wait longer; the answer then comes next time. */
const patienceMs = 120;
const most = 500;

interface Kept {
  readonly at: number;
  readonly names: readonly string[];
}

/** Names from the server, or from what it said last where it is slow or away. */
export function liveNames({ world, neb, settings }: NamesOptions): Names {
  return async (kind, namespaceFlag) => {
    const { server, namespace: inUse } = await settings();
    const namespace = kind === 'Namespace' ? undefined : (namespaceFlag ?? inUse?.value);
    const file = cacheFile(world, { server: server.value, kind, namespace });
    const kept = read(file);
    if (kept && world.clock.now() - kept.at < freshMs) return kept.names;
    try {
      const names = await ask(await neb(), { kind, namespace, signal: AbortSignal.timeout(patienceMs) });
      write(file, { at: world.clock.now(), names });
      return names;
    } catch {
      refreshInBackground(world, kind, namespace);
      return kept?.names ?? [];
    }
  };
}

/** Asks with patience, for the next time. */
export async function refreshNames({ world, neb, settings }: NamesOptions, kind: ObjectKind, namespace: string | undefined): Promise<void> {
  const names = await ask(await neb(), { kind, namespace, signal: AbortSignal.timeout(10_000) });
  write(cacheFile(world, { server: (await settings()).server.value, kind, namespace }), { at: world.clock.now(), names });
}

interface Question {
  readonly kind: ObjectKind;
  readonly namespace: string | undefined;
  readonly signal: AbortSignal;
}

async function ask(neb: Neb, { kind, namespace, signal }: Question): Promise<readonly string[]> {
  const { items } = await clientOf(neb, kind).list({ ...(namespace !== undefined && { namespace }), limit: most }, { signal }).page();
  return [...new Set(items.map((object) => object.metadata.name))].sort();
}

function refreshInBackground(world: World, kind: ObjectKind, namespace: string | undefined): void {
  spawn(process.execPath, [process.argv[1]!, '__refresh', kind, namespace ?? ''], { detached: true, stdio: 'ignore', env: { ...world.env.all } }).unref();
}

function cacheFile({ env }: World, about: object): string {
  return join(env.home, '.neb', 'cache', `${createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16)}.json`);
}

function read(file: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    return typeof kept.at === 'number' && Array.isArray(kept.names) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function write(file: string, kept: Kept): void {
  try {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    const aside = `${file}.${process.pid}`;
    writeFileSync(aside, JSON.stringify(kept), { mode: 0o600 });
    renameSync(aside, file);
  } catch {
    // Without a cache completion is slower, and right all the same.
  }
}
