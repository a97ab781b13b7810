import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fraction, isNebError, type Random } from '@neb/core-types';
import { createNeb, type Neb } from '@neb/sdk';
import { eventually } from './eventually.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

/** A container as a client writes it, but for its name. */
export type Sort = Readonly<Record<string, unknown>>;

export interface Rounds<Name extends string> {
  readonly rounds: number;
  readonly chance: Random;
  /** How many containers clients have. */
  readonly names: number;
  /** What clients create; every name as probable as the others. */
  readonly sorts: Readonly<Record<Name, Sort>>;
  /** Resolves when the server is to be killed, counted from where it is ready. */
  readonly moment: () => Promise<void>;
  /** Told after every twenty rounds. */
  readonly tell: (rounds: number) => void;
  /** Told once the last server runs, before what was asked for is asked for again. */
  readonly calm?: () => void;
}

/** The built server, with data of its own, that is killed at random moments. Disposing of it ends it and drops its data. */
export interface MortalServer extends AsyncDisposable {
  readonly neb: Neb;
  readonly fleet: string;
  /** Kills it, and starts another in its place, which is ready. */
  die(): Promise<void>;
  /**
   * Three clients create, replace and delete containers while the server is killed and started again. What was last
   * asked for is then asked for until the server has taken it. Returns that: the sort by name, without what is to be gone.
   */
  suffer<Name extends string>(rounds: Rounds<Name>): Promise<ReadonlyMap<string, Name>>;
}

export const namespace = 'crash';

export async function mortalServer(env: Readonly<Record<string, string>>): Promise<MortalServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'neb-crash-'));
  const server = await serverProcess(dataDir, env);
  server.start();
  await server.ready(60_000);
  const neb = createNeb({ url: server.url, token: (await readFile(join(dataDir, 'token'), 'utf8')).trim() });
  return {
    neb, fleet: (await neb.version()).fleet,
    async die() {
      await server.kill();
      server.start();
      await server.ready(60_000);
    },
    suffer: (rounds) => suffer({ server, neb }, rounds),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function suffer<Name extends string>({ server, neb }: { readonly server: ServerProcess; readonly neb: Neb }, { rounds, chance, names: count, sorts, moment, tell, calm }: Rounds<Name>): Promise<ReadonlyMap<string, Name>> {
  /** A name that is missing here was never asked for or is asked to be gone. */
  const wanted = new Map<string, Name>();
  const names = Array.from({ length: count }, (_, n) => `c${n}`);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(fraction(chance) * items.length)]!;

  for (let round = 1; round <= rounds; round++) {
    const stop = new AbortController();
    const work = Promise.all([0, 1, 2].map(() => disturb(stop.signal)));
    await moment();
    await server.kill();
    stop.abort();
    server.start();
    await work;
    await server.ready(60_000);
    if (round % 20 === 0) tell(round);
  }
  calm?.();
  // Operations that were under way when the server died may have taken effect or not, and a name may still be draining.
  await Promise.all(names.map((name) => eventually(() => say(name), 180_000)));
  return wanted;

  /** One client until the round is over; a dead server is no reason to stop. */
  async function disturb(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const name = pick(names);
      if (fraction(chance) < 0.6) wanted.set(name, pick(Object.keys(sorts) as Name[]));
      else wanted.delete(name);
      try {
        await say(name);
      } catch (error) {
        if (!isNebError(error)) throw error;
      }
      await sleep(20);
    }
  }

  async function say(name: string): Promise<void> {
    const sort = wanted.get(name);
    if (sort !== undefined) return void await neb.apply([{ kind: 'Container', metadata: { name, namespace }, ...sorts[sort] }], { mode: 'replace' });
    try {
      await neb.containers.delete({ namespace, name });
    } catch (error) {
      if (!isNebError(error, 'not_found')) throw error;
    }
  }
}
