import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bell, type Clock, type FactFeed, type RouteFact } from '@neb/core-types';
import { factJournal, type FactJournal, factReader } from '@neb/gateway';
import type { Mortal } from '../crashes/mortal.ts';

type Apart = <T>(work: () => Promise<T>) => Promise<T>;

/** A gateway that counts into a journal on disk, and can be killed. */
export interface Door extends AsyncDisposable {
  /** Facts that are on disk, as the gateway was told. */
  readonly kept: readonly RouteFact[];
  /** Counts, and has it on disk. */
  count(facts: readonly RouteFact[]): Promise<void>;
  /** Is killed before these are on disk, with half a line of them written. Another takes its place. */
  die(facts: readonly RouteFact[]): Promise<void>;
  /** As a process of the control plane reads it. */
  feedOf(process: Pick<Mortal, 'step' | 'clock'>): FactFeed;
}

export async function door(clock: Clock, apart: Apart): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-door-'));
  const kept: RouteFact[] = [];
  const bells = new Set<() => void>();
  let journal = await opened();

  /** Waits for nobody but the disk. */
  function opened(): Promise<FactJournal> {
    return factJournal({ folder, clock: { now: () => clock.now(), sleep: async () => {} }, warn: () => undefined, segmentBytes: 4_000, onKept: () => { for (const ring of bells) ring(); } });
  }

  return {
    kept,
    count: (facts) => apart(async () => {
      journal.tell(facts);
      await journal.synced();
      kept.push(...facts);
    }),
    die: (facts) => apart(async () => {
      // What it had in memory is gone with it.
      await journal[Symbol.asyncDispose]();
      const written = (await readdir(folder)).filter((name) => name.endsWith('.facts')).sort().at(-1);
      if (written !== undefined) await appendFile(join(folder, written), `deadbeef ${JSON.stringify(facts[0]).slice(0, 40)}`);
      journal = await opened();
    }),
    feedOf(process) {
      const news = bell(process.clock);
      const reader = factReader(folder);
      bells.add(news.ring);
      return {
        read: (from) => process.step(() => apart(() => reader.read(from))),
        acknowledge: (position) => process.step(() => apart(() => reader.acknowledge(position as Parameters<typeof reader.acknowledge>[0]))),
        news: async (signal) => void (await news.wait(Infinity, signal)),
      };
    },
    async [Symbol.asyncDispose]() {
      await journal[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
