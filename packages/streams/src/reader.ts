import { type Clock, newId, type Random } from '@neb/core-types';
import type { Redis } from 'ioredis';
import { connect, type RedisAddress, saidBy } from './connection.ts';
import { type Entry, isAfter, readEntries } from './entries.ts';

export interface Following {
  readonly stream: string;
  /** Read what comes after this id. */
  readonly after: string;
  /** Called with what came, in order; never while another call of it goes on. */
  readonly got: (entries: readonly Entry[]) => void;
}

/** Waits for entries of any number of streams over one connection, outside of any group. */
export interface Reader extends AsyncDisposable {
  /** Follows a stream until the function it returns is called. Once is enough: it outlives Redis. */
  follow(following: Following): () => void;
}

export interface ReaderOptions {
  readonly address: RedisAddress;
  readonly clock: Clock;
  readonly random: Random;
  /** Most entries of a stream to read at a time. */
  readonly count: number;
}

/** How long one read waits; a connection that fell silent is noticed after twice as long. */
const blockMs = 5_000;
const pauseMs = 50;
const longestPauseMs = 500;
/** For how long a stream whose key holds something else is left out. */
const strangeMs = 5_000;

/**
 * One blocking XREAD over all streams. What changes the streams cuts it short by an entry in a stream of the reader's own: that is
 * seen even if it is written before the read arrives, where CLIENT UNBLOCK would come too early and be lost.
 */
export function reader({ address, clock, random, count }: ReaderOptions): Reader {
  const poke = `neb.poke.${newId(random)}`;
  const strange = new Map<string, number>();
  const followed = new Map<string, { after: string; readonly by: Map<Following, string> }>();
  const closing = new AbortController();
  let connections: { readonly reads: Redis; readonly pokes: Redis } | undefined;
  let running: Promise<void> | undefined;
  let poked = '0-0';
  let poking = false;

  function change(): void {
    if (!running) {
      running = run().finally(() => {
        running = undefined;
        if (followed.size > 0 && !closing.signal.aborted) change();
      });
      return;
    }
    if (poking || !connections) return;
    poking = true;
    // All that changes in one turn is one poke.
    setImmediate(() => {
      poking = false;
      const { pokes } = connections!;
      // A poke that is lost went with the connection that the read waits on.
      pokes.pipeline().xadd(poke, 'MAXLEN', 1, '*', 'poke', '').pexpire(poke, 60_000).exec().catch(() => connections?.reads.disconnect(true));
    });
  }

  async function run(): Promise<void> {
    connections ??= { reads: connect(address, { socketTimeout: 2 * blockMs }), pokes: connect(address) };
    const { reads } = connections;
    for (let pause = pauseMs; followed.size > 0 && !closing.signal.aborted;) {
      try {
        await read(reads);
        pause = pauseMs;
      } catch (error) {
        if (closing.signal.aborted) return;
        if (saidBy(error).startsWith('WRONGTYPE')) await leaveOut(reads);
        poked = '0-0';
        await clock.sleep(pause, closing.signal);
        pause = Math.min(pause * 2, longestPauseMs);
      }
    }
  }

  async function read(redis: Redis): Promise<void> {
    const wanted = [...followed].filter(([stream]) => (strange.get(stream) ?? 0) < clock.now());
    const streams = [poke, ...wanted.map(([stream]) => stream)];
    const ids = [poked, ...wanted.map(([, { after }]) => after)];
    const reply = await redis.call('XREAD', 'COUNT', count, 'BLOCK', blockMs, 'STREAMS', ...streams, ...ids);
    for (const [stream, raw] of pairsIn(reply)) {
      const entries = readEntries(raw);
      const last = entries.at(-1);
      if (!last) continue;
      if (stream === poke) poked = last.id;
      else hand(stream, entries, last.id);
    }
  }

  function hand(stream: string, entries: readonly Entry[], last: string): void {
    const at = followed.get(stream);
    if (!at) return;
    at.after = last;
    for (const [following, after] of [...at.by]) {
      const news = entries.filter(({ id }) => isAfter(id, after));
      if (news.length === 0 || !at.by.has(following)) continue;
      at.by.set(following, last);
      following.got(news);
    }
  }

  /** One key that is no stream would fail the read of all. */
  async function leaveOut(redis: Redis): Promise<void> {
    for (const stream of followed.keys()) {
      const type = await redis.type(stream).catch(() => 'none');
      if (type !== 'stream' && type !== 'none') strange.set(stream, clock.now() + strangeMs);
    }
  }

  return {
    follow(following) {
      const at = followed.get(following.stream);
      if (at) {
        at.by.set(following, following.after);
        if (isAfter(at.after, following.after)) at.after = following.after;
      } else followed.set(following.stream, { after: following.after, by: new Map([[following, following.after]]) });
      change();
      return () => {
        const now = followed.get(following.stream);
        if (!now?.by.delete(following)) return;
        if (now.by.size === 0) followed.delete(following.stream);
      };
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      followed.clear();
      connections?.reads.disconnect();
      connections?.pokes.disconnect();
      await running;
    },
  };
}

/** The reply of XREAD, by stream: RESP 2 and RESP 3 in its flat shape differ. */
function pairsIn(reply: unknown): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(reply)) return [];
  if (Array.isArray(reply[0])) return reply as [string, unknown][];
  return Array.from({ length: reply.length / 2 }, (_, n) => [String(reply[2 * n]), reply[2 * n + 1]] as const);
}
