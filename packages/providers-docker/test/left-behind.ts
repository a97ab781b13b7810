import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { z } from 'zod';
import type { OwnEngine } from './own-engine.ts';

/** What there is at an engine, and beside it on this machine. */
export interface Held {
  readonly containers: readonly string[];
  readonly images: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Copies of checkpoints that containerd and Podman make while they work. */
  readonly copies: readonly string[];
  readonly bytes: number;
}

/** What logs and databases of an engine may grow by; the memory of the smallest container is ten times as much in fifty cycles. */
const growthBytes = 32 * 2 ** 20;
/** Networks linger, and containerd collects its garbage by and by. */
const patienceMs = 120_000;

export async function heldBy({ kind, api, folder }: OwnEngine): Promise<Held> {
  const named = async <T>(path: string, schema: z.ZodType<T>, query?: Record<string, boolean>): Promise<T> => await api.json(schema, { method: 'GET', path, query });
  const byId = z.array(z.object({ Id: z.string() }));
  const [containers, images, networks, { Volumes }] = await Promise.all([
    named('/containers/json', byId, { all: true }), named('/images/json', byId, { all: true }), named('/networks', z.array(z.object({ Name: z.string() }))),
    named('/volumes', z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullable() })),
  ]);
  const temporary = kind === 'podman' ? join(folder, 'temporary') : tmpdir();
  return {
    containers: containers.map(({ Id }) => Id).toSorted(), images: images.map(({ Id }) => Id).toSorted(), networks: networks.map(({ Name }) => Name).toSorted(),
    volumes: (Volumes ?? []).map(({ Name }) => Name).toSorted(),
    copies: (await readdir(temporary)).filter((name) => /^(?:ctrd-checkpoint|checkpoint|restore)/.test(name)).toSorted(),
    bytes: await bytesUnder(folder),
  };
}

/** Fails unless an engine comes to hold no more than before. */
export async function nothingMore(engine: OwnEngine, before: Held): Promise<void> {
  await expect.poll(async () => more(await heldBy(engine), before), { timeout: patienceMs, interval: 500 }).toEqual([]);
}

/** What is there now and was not before. Pure. */
function more(now: Held, before: Held): readonly string[] {
  const kinds = ['containers', 'images', 'networks', 'volumes', 'copies'] as const;
  const found = kinds.flatMap((kind) => now[kind].filter((one) => !before[kind].includes(one)).map((one) => `${kind}: ${one}`));
  const grown = now.bytes - before.bytes;
  return grown > growthBytes ? [...found, `${grown} bytes`] : found;
}

async function bytesUnder(folder: string): Promise<number> {
  // Files come and go under it, of which `du` complains.
  const { stdout } = await promisify(execFile)('du', ['-sx', '--block-size=1', folder]).catch((error: unknown) => error as { stdout: string });
  return Number(stdout.split('\t')[0]);
}
