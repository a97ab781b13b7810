import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGateway, createGatewayCluster, type GatewayGauge } from '../src/index.ts';
import { aRoute, handFeed } from './rig.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 200);
/** 10,000 the whole way. */
const inFlight = 50 * rounds;
const total = 3 * inFlight;
const kills = Math.max(4, Math.ceil(rounds / 10));

interface Result {
  readonly id: string;
  readonly method: string;
  readonly from: number;
  readonly to: number;
  readonly status: number | undefined;
  readonly pid: number | undefined;
  readonly body: string;
  readonly error: string | undefined;
}

/** A kill, from the signal until whoever had connections to it could see them closed: the kernel takes its time, and opens new ones meanwhile. */
interface Death {
  readonly pid: number;
  readonly from: number;
  to: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function kill(pid: number): Death {
  const death: Death = { pid, from: performance.now(), to: Infinity };
  process.kill(pid, 'SIGKILL');
  const look = (): void => {
    if (isThere(pid)) return void setTimeout(look, 5);
    // What the kernel closed before is read in the turn that is under way, or in the next.
    setImmediate(() => setImmediate(() => (death.to = performance.now())));
  };
  look();
  return death;
}

/** What the gateway calls the request that it answered itself. */
const idOf = ({ body }: Result): string => (JSON.parse(body) as { readonly request_id: string }).request_id;

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test(`${inFlight} requests in flight live through the deaths of replicas and of the gateway's own processes`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'neb-storm-'));
  const log = join(folder, 'log');
  const replicas = new Map<number, { readonly child: ChildProcess; readonly origin: string }>();
  const deaths: Record<'replica' | 'worker', Death[]> = { replica: [], worker: [] };
  /** Where it is written which replica gave no answer to which request. */
  const silence = join(folder, 'silence');
  writeFileSync(silence, '');
  const route = aRoute('a', [], { holdMs: 120_000 });
  const feed = handFeed(route);
  const tell = (): void => feed.put({ ...route, replicas: [...replicas].map(([pid, { origin }]) => ({ id: String(pid), origin })) });
  const addReplica = async (): Promise<void> => {
    const child = fork(new URL('./storm-replica.ts', import.meta.url), [log, '3000'], { execArgv: [] });
    const port = await new Promise<number>((resolve) => child.once('message', (message) => resolve(message as number)));
    replicas.set(child.pid!, { child, origin: `http://127.0.0.1:${port}` });
    tell();
  };
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const gateway = await createGatewayCluster({
    feed, listen: { port: 0 }, workers: 2, policy: new URL('./storm-policy.ts', import.meta.url), data: silence, waker: { wake: async () => undefined }, gaugesEveryMs: 100,
    // Whoever asks is one process, which may take long to write all that it began.
    limits: { waiting: total, waitingBytes: 2 ** 30, headerMs: 300_000, stallMs: 300_000 },
  });
  try {
    await Promise.all([addReplica(), addReplica(), addReplica()]);
    let next = 0;
    const results: Result[] = [];
    const one = (): Promise<void> => new Promise((resolve) => {
      const id = `r${next++}`;
      const method = next % 2 === 0 ? 'GET' : 'POST';
      const from = performance.now();
      let status: number | undefined;
      let pid: number | undefined;
      let body = '';
      const done = (error?: Error): void => {
        results.push({ id, method, from, to: performance.now(), status, pid, body, error: error?.message });
        resolve();
      };
      const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, agent, method, headers: { host: 'a.test', 'x-id': id, ...(method === 'POST' ? { 'content-length': id.length } : {}) } }, (incoming) => {
        status = incoming.statusCode;
        pid = Number(incoming.headers['x-pid']) || undefined;
        incoming.on('data', (chunk) => (body += String(chunk))).once('end', () => done()).once('error', done);
      });
      outgoing.once('error', done).end(method === 'POST' ? id : undefined);
    });
    const lane = async (): Promise<void> => {
      while (next < total) await one();
    };
    const lanes = Array.from({ length: inFlight }, lane);
    let isOver = false;
    const all = Promise.all(lanes).then(() => (isOver = true));
    for (let i = 0; i < kills && !isOver; i += 1) {
      await pause(1_000 + 2_000 * Math.random());
      const [victim] = replicas.keys();
      if (i % 2 === 0 && replicas.size > 1) {
        deaths.replica.push(kill(victim!));
        replicas.delete(victim!);
        // Those who tell of routes need a while to notice.
        await pause(200);
        tell();
        await addReplica();
      } else {
        const [pid] = gateway.pids();
        if (pid === undefined) continue;
        deaths.worker.push(kill(pid));
      }
    }
    await all;

    let last: readonly GatewayGauge[] = [];
    for (let i = 0; i < 100; i += 1) {
      await pause(100);
      last = gateway.gauges();
      if (i > 5 && last.every((gauge) => gauge.inFlight + gauge.waiting === 0)) break;
    }
    expect(last.map((gauge) => [gauge.inFlight, gauge.waiting])).toEqual([[0, 0]]);

    expect(results).toHaveLength(total);
    const workerDied = ({ from, to }: Result): boolean => deaths.worker.some((death) => death.from <= to && from <= death.to);
    const replicaDied = (pid: number | undefined, { to }: Result): boolean => deaths.replica.some((death) => death.pid === pid && death.from <= to);
    const silent = new Map(readFileSync(silence, 'utf8').split('\n').map((line) => line.split(' ')).map(([id = '', replica]) => [id, Number(replica)]));
    const whole = results.filter(({ status, error }) => status === 200 && error === undefined);
    for (const { id, method, body } of whole) expect(body).toBe(method === 'POST' ? `${id} ${id}` : `${id} `);
    const unexplained = results.filter((result) => !whole.includes(result)).filter((result) => {
      // The gateway's process that had the connection died.
      if (result.error !== undefined && workerDied(result)) return false;
      // The replica died after its answer had begun.
      if (result.error !== undefined && result.status === 200) return !replicaDied(result.pid, result);
      // The replica died before. A POST must not be sent again; GETs are, within the retry budget.
      return !(result.status === 502 && replicaDied(silent.get(idOf(result)), result));
    });
    expect(unexplained.slice(0, 5).map((result) => ({ ...result, silent: result.status === 502 ? silent.get(idOf(result)) : undefined }))).toEqual([]);
    const done = readFileSync(log, 'utf8').trim().split('\n').filter((line) => line.startsWith('POST'));
    expect(new Set(done).size).toBe(done.length);
    console.log(`${total} requests, ${inFlight} at once; deaths: ${deaths.replica.length} of replicas, ${deaths.worker.length} of workers; ${whole.length} whole, ${results.length - whole.length} failed, ${results.filter(({ status, method }) => status === 502 && method === 'GET').length} of them GETs beyond the retry budget`);
  } finally {
    agent.destroy();
    await gateway[Symbol.asyncDispose]();
    for (const { child } of replicas.values()) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});

test('a gigabyte goes both ways while memory stays flat', async () => {
  const server = createServer((incoming, outgoing) => void incoming.pipe(outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await using gateway = await createGateway({
    feed: handFeed(aRoute('a', [`http://127.0.0.1:${port}`])), listen: { port: 0 }, admission: { admit: () => ({ do: 'pass' }) }, waker: { wake: async () => undefined },
  });
  await gateway.synced;
  const size = Math.ceil((rounds / 200) * 1_024) * 1_048_576;
  const piece = Buffer.alloc(1_048_576, 'x');
  const before = process.memoryUsage().rss;
  let most = before;
  let sent = 0;
  let got = 0;
  await new Promise<void>((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: gateway.address.port, method: 'POST', agent: false, headers: { host: 'a.test' } }, (incoming) => {
      incoming.on('data', (chunk: Buffer) => {
        got += chunk.length;
        most = Math.max(most, process.memoryUsage.rss());
      }).once('end', resolve).once('error', reject);
    });
    outgoing.once('error', reject);
    const more = (): void => {
      while (sent < size) {
        sent += piece.length;
        if (!outgoing.write(piece)) return void outgoing.once('drain', more);
      }
      outgoing.end();
    };
    more();
  });
  server.close();
  expect(got).toBe(size);
  // Client, gateway and replica are all in this process.
  expect((most - before) / 1_048_576).toBeLessThan(400);
  console.log(`${size / 1_048_576} MiB both ways; memory rose by ${Math.round((most - before) / 1_048_576)} MiB`);
});
