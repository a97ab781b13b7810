import { cpuSeconds, memoryMiB, openWays, type Way, type Ways } from './gateway/ways.ts';
import type { Told } from './gateway/load.ts';
import { type Figure, median, percentile } from './statistics.ts';

/** What one way took, at the median of the rounds. */
interface Taken {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  /** The 50th, 95th and 99th percentile of milliseconds. */
  readonly ms: readonly number[];
  readonly mib: number;
  /** Of a core. */
  readonly cpuPercent: number;
}

type All = ReadonlyMap<string, Taken>;
type Task = Parameters<Ways['ask']>[1];

const ours = 'ours';
const metered = 'ours with auth + meters';
const completion = JSON.stringify({ model: 'model-1', max_tokens: 64, messages: [{ role: 'user', content: 'What does a gateway do?' }] });

/** (l) requests straight to a replica, and through HAProxy, nginx, what ours is built on, and our gateway, on a core of their own. */
export async function gatewayBench(rounds: number): Promise<readonly Figure[]> {
  await using ways = await openWays();
  const every = (task: Task): Promise<All> => measured(ways.all, rounds, (way) => asked(ways, way, task));
  for (const way of ways.all) for (const path of ['/small', '/large']) await ways.ask(way, { path, connections: 32, requests: path === '/small' ? 20_000 : 200 });
  const full = await every({ path: '/small', connections: 32, requests: 10_000 });
  const posted = await every({ path: '/small', body: completion, connections: 32, requests: 6_000 });
  const slow = await every({ path: '/small', connections: 32, requests: 1_500, rate: 500 });
  const quick = await every({ path: '/small', connections: 32, requests: 4_000, rate: 1_500 });
  const down = await every({ path: '/large', connections: 8, requests: 400 });
  const up = await every({ path: '/small', body: JSON.stringify({ max_tokens: 1, text: 'x'.repeat(1_048_576 - 27) }), connections: 8, requests: 200 });
  const streams = await measured(ways.all, Math.min(rounds, 3), (way) => streamed(ways, way));
  const share = (all: All, name: string): number => all.get(name)!.perCpuSecond / (all.get('HAProxy')?.perCpuSecond ?? Number.NaN);
  const percent = (all: All, name: string): string => `${(share(all, name) * 100).toFixed(0)} % of HAProxy's`;
  const added = (name: string): number => slow.get(name)!.ms[1]! - slow.get('direct')!.ms[1]!;
  const row = (what: string, all: All, how: (taken: Taken) => string): readonly Figure[] => [{ what, ours: `${how(all.get(ours)!)}; with auth + meters ${how(all.get(metered)!)}`, floor: floors(all, how), target: 'told', met: true }];
  return [
    { what: 'small JSON, as many as go', ours: `${percent(full, ours)} a CPU second: ${amount(full.get(ours)!)}`, floor: floors(full, amount), target: '≥ 40 % of HAProxy\'s a CPU second', met: !(share(full, ours) < 0.4) },
    { what: 'the same with auth + meters', ours: `${percent(full, metered)} a CPU second: ${amount(full.get(metered)!)}`, floor: `ours without ${amount(full.get(ours)!)}`, target: '≥ 30 % of HAProxy\'s a CPU second', met: !(share(full, metered) < 0.3) },
    ...row('a small JSON request and answer, as many as go', posted, amount),
    { what: 'small JSON at 500 a second, p50/p95/p99', ours: `${latencies(slow.get(ours)!)}; with auth + meters ${latencies(slow.get(metered)!)}`, floor: floors(slow, latencies), target: 'p95 ≤ 2 ms above direct', met: added(ours) <= 2 && added(metered) <= 2 },
    ...row('small JSON at 1,500 a second, p50/p95/p99', quick, latencies),
    ...row('answers of 1 MiB, as many as go', down, amount),
    ...row('requests of 1 MiB, as many as go', up, amount),
    { what: 'memory with 1,000 streams, an event a second each', ours: `${held(streams.get(ours)!)}; with auth + meters ${held(streams.get(metered)!)}`, floor: floors(streams, held), target: '≤ 150 MiB', met: streams.get(ours)!.mib <= 150 },
    ...row('an event on its way, p50/p95/p99', streams, latencies),
  ];
}

/** Each way in turn, so many times, so that whatever else the machine does befalls all of them. */
async function measured(ways: readonly Way[], rounds: number, measure: (way: Way) => Promise<Taken>): Promise<All> {
  const all = new Map<string, Taken[]>(ways.map(({ name }) => [name, []]));
  // A glance at how far it is, since all of it takes minutes.
  process.stderr.write('.');
  for (let round = 0; round < rounds; round++) for (const way of ways) all.get(way.name)!.push(await measure(way));
  return new Map([...all].map(([name, taken]) => {
    const of = (pick: (one: Taken) => number): number => median(taken.map(pick));
    return [name, { perSecond: of((one) => one.perSecond), perCpuSecond: of((one) => one.perCpuSecond), ms: [0, 1, 2].map((at) => of((one) => one.ms[at]!)), mib: of((one) => one.mib), cpuPercent: of((one) => one.cpuPercent) }];
  }));
}

async function asked(ways: Ways, way: Way, task: Task): Promise<Taken> {
  const before = await cpuSeconds(way);
  return takenFrom(await ways.ask(way, task), { cpuSeconds: (await cpuSeconds(way)) - before, mib: await memoryMiB(way) });
}

async function streamed(ways: Ways, way: Way): Promise<Taken> {
  let before = 0;
  const told = await ways.stream(way, { streams: 1_000, seconds: 5 }, async () => {
    before = await cpuSeconds(way);
  });
  return takenFrom(told, { cpuSeconds: (await cpuSeconds(way)) - before, mib: await memoryMiB(way) });
}

function takenFrom({ tookMs, latenciesMs }: Told, used: { readonly cpuSeconds: number; readonly mib: number }): Taken {
  return {
    perSecond: (latenciesMs.length / tookMs) * 1_000, perCpuSecond: latenciesMs.length / used.cpuSeconds,
    ms: [0.5, 0.95, 0.99].map((share) => percentile(latenciesMs, share)), mib: used.mib, cpuPercent: (used.cpuSeconds / tookMs) * 100_000,
  };
}

const amount = ({ perSecond, perCpuSecond, ms }: Taken): string => `${perSecond.toFixed(0)}/s${Number.isFinite(perCpuSecond) ? `, ${perCpuSecond.toFixed(0)} a CPU second` : ''} (${ms.map((one) => one.toFixed(1)).join(' / ')} ms)`;
const latencies = ({ ms }: Taken): string => `${ms.map((one) => one.toFixed(2)).join(' / ')} ms`;
const held = ({ mib, cpuPercent }: Taken): string => (Number.isFinite(mib) ? `${mib.toFixed(0)} MiB, ${cpuPercent.toFixed(0)} % of a core` : 'none');
const floors = (all: All, how: (taken: Taken) => string): string => [...all].filter(([name]) => !name.startsWith(ours)).map(([name, taken]) => `${name} ${how(taken)}`).join('; ');
