import type { StreamGroup } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { keysOf } from './keys.ts';

/** An entry that was taken and neither acknowledged nor touched for a while. */
export interface Lying {
  readonly entryId: string;
  readonly consumer: string;
  readonly idleMs: number;
  /** How often it was taken since it is this entry. */
  readonly attempts: number;
}

/** A worker that is known to run, though it says nothing itself. */
export interface LiveWorker {
  /** What the names of its consumers hold, such as its hostname. */
  readonly name: string;
  /** How long it has run without a break. */
  readonly runsMs: number;
}

/** Most entries to look at in one go. */
const page = 100;

/** What lies for `idleMs` and longer, in pages. */
export async function* lyingIn(redis: Redis, { stream, group }: StreamGroup, idleMs: number): AsyncGenerator<readonly Lying[]> {
  for (let from = '-'; ;) {
    const found = (await redis.xpending(keysOf({ stream, group }).main, group, 'IDLE', idleMs, from, '+', page)) as readonly (readonly [string, string, number, number])[];
    yield found.map(([entryId, consumer, idle, attempts]) => ({ entryId, consumer, idleMs: idle, attempts }));
    if (found.length < page) return;
    from = `(${found.at(-1)![0]}`;
  }
}

/** Live workers keep what they are slow with for so many times visibility: one that has hung is not waited for without end. */
const patience = 10;
/** Between an entry's delivery and what Redis notes of its consumer. */
const slackMs = 50;

export interface Consumer {
  readonly name: string;
  readonly idleMs: number;
}

/**
 * Pure. Whether somebody is at it still, as far as can be told of one who says nothing: its worker has run ever since it took it, and has
 * asked for nothing since, under no name.
 */
export function isInHand({ consumer, idleMs }: Lying, { live, consumers, visibilityMs }: { readonly live: readonly LiveWorker[]; readonly consumers: readonly Consumer[]; readonly visibilityMs: number }): boolean {
  if (idleMs >= patience * visibilityMs) return false;
  const worker = live.find(({ name }) => consumer.includes(name));
  if (!worker || worker.runsMs < idleMs) return false;
  return consumers.every(({ name, idleMs: since }) => !name.includes(worker.name) || since + slackMs >= idleMs);
}
