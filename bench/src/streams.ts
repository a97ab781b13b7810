import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { streams, worker } from '@neb/streams';
import { Redis } from 'ioredis';
import { type Figure, median, percentile } from './statistics.ts';

const rounds = 7;
const many = 2_000;
const batch = 100;
const singles = 300;

/** A way to have messages handled and answered. */
interface Way extends AsyncDisposable {
  /** Resolves once all of so many are answered. */
  all(count: number): Promise<void>;
}

/** (i) sent, handled, answered; ours and by hand in turn, on one Redis, sender and worker in one process. */
export async function messages(): Promise<readonly Figure[]> {
  await using server = await startRedis();
  await using us = await ours(server.url);
  await using hand = await byHand(server.url);
  const perSecond: Record<'ours' | 'hand', number[]> = { ours: [], hand: [] };
  const oneMs: Record<'ours' | 'hand', number[]> = { ours: [], hand: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, way] of [['ours', us], ['hand', hand]] as const) {
      const ms = await timed(() => way.all(many));
      // The first warms up.
      if (round > 0) perSecond[name].push((many / ms) * 1_000);
      for (let n = 0; n < singles / rounds; n++) oneMs[name].push(await timed(() => way.all(1)));
    }
  }
  const share = median(perSecond.ours) / median(perSecond.hand);
  const more = median(oneMs.ours) - median(oneMs.hand);
  const said = (samples: readonly number[]): string => `${median(samples).toFixed(2)} ms, p99 ${percentile(samples, 0.99).toFixed(1)}`;
  return [
    { what: `${many} messages at one time, in batches of ${batch}`, ours: `${median(perSecond.ours).toFixed(0)}/s (${(100 * share).toFixed(0)} %)`, floor: `${median(perSecond.hand).toFixed(0)}/s`, target: '≥ 60 % of floor', met: share >= 0.6 },
    { what: 'one by one, p50', ours: said(oneMs.ours), floor: said(oneMs.hand), target: '≤ 2 ms more', met: more <= 2 },
  ];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function ours(url: string): Promise<Way> {
  const all = streams({ url });
  const of = { stream: 'bench:ours', group: 'g' };
  await all.declare(of);
  const mine = worker({ url, ...of, concurrency: batch, stopOn: [] }, (message) => message.content);
  return {
    async all(count) {
      const sent = await all.send(of, Array.from({ length: count }, (_, n) => ({ content: { n } })));
      await Promise.all(sent.map(({ id }) => all.answer(of, id)));
    },
    async [Symbol.asyncDispose]() {
      await mine.stop();
      await all[Symbol.asyncDispose]();
    },
  };
}

/** What a careful person would write for one sender, who reads all answers from one stream. */
async function byHand(url: string): Promise<Way> {
  const [sends, answers, takes, does] = [0, 1, 2, 3].map(() => new Redis(url)) as [Redis, Redis, Redis, Redis];
  const [stream, replies] = ['bench:hand', 'bench:hand:replies'];
  await sends.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
  let isOver = false;
  let last = '0-0';
  const working = (async () => {
    while (!isOver) {
      const reply = (await takes.xreadgroup('GROUP', 'g', 'c', 'COUNT', batch, 'BLOCK', 500, 'STREAMS', stream, '>')) as readonly [string, readonly [string, readonly [string, string]][]][] | null;
      const entries = entriesOf(reply);
      if (entries.length === 0) continue;
      const done = does.pipeline();
      for (const [id, [, data]] of entries) done.xadd(replies, '*', 'data', JSON.stringify({ id, content: (JSON.parse(data) as { readonly content: unknown }).content })).xack(stream, 'g', id);
      await done.exec();
    }
  })();
  return {
    async all(count) {
      const read = (async () => {
        for (let got = 0; got < count;) {
          const entries = entriesOf(await answers.xread('COUNT', batch, 'BLOCK', 5_000, 'STREAMS', replies, last));
          for (const [, [, data]] of entries) JSON.parse(data);
          got += entries.length;
          last = entries.at(-1)?.[0] ?? last;
        }
      })();
      for (let first = 0; first < count; first += batch) {
        const sending = sends.pipeline();
        for (let n = first; n < Math.min(count, first + batch); n++) sending.xadd(stream, '*', 'data', JSON.stringify({ kind: 'StreamMessage', id: `${n}`, content: { n }, created_at: n, return_stream: replies }));
        await sending.exec();
      }
      await read;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await working;
      for (const each of [sends, answers, takes, does]) each.disconnect();
    },
  };
}

type Raw = readonly [string, readonly [string, string]];

/** RESP 3 in its flat shape has no pairs. */
function entriesOf(reply: unknown): readonly Raw[] {
  if (!Array.isArray(reply)) return [];
  return (Array.isArray(reply[0]) ? (reply[0] as readonly unknown[])[1] : reply[1]) as readonly Raw[];
}

async function startRedis(): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'neb-bench-redis-'));
  const port = 20_000 + (process.pid % 20_000);
  const child: ChildProcess = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'], { stdio: 'ignore' });
  await sleep(500);
  return {
    url: `redis://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
