import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createNeb } from '@neb/sdk';
import { expect, test, vi } from 'vitest';
import { freePort } from '@neb/core-types/testing';
import { dataFolder } from './data-folder.ts';
import { nodeImage } from './node-image.ts';

const rounds = Number(process.env['NEB_TEST_ROUNDS'] ?? 200);
/** A minute and more, which `./test.sh` has not: there other tests kill each of them alone. */
const isWanted = rounds >= 20;
/** 10,000 the whole way. */
const inFlight = 50 * rounds;
const total = 3 * inFlight;
const replicas = 3;
/** So that two cores can answer as many as there are. */
const slowestMs = Math.max(6_000, 150 * rounds);
const kills = ['replica', 'gateway', 'control plane'] as const;
const inTime = { timeout: 120_000, interval: 200 };
/** A process that is killed takes connections until the kernel has ended it, and whoever asks is one process that has thousands to read. */
const dyingMs = 5_000;

interface Result {
  readonly id: string;
  readonly method: string;
  readonly from: number;
  readonly to: number;
  readonly status: number | undefined;
  readonly body: string;
  readonly error: string | undefined;
}

const run = promisify(execFile);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Who opens thousands of connections at once cannot write to all of them in time, and the gateway ends those that say nothing. */
const scattered = () => pause(100 * rounds * Math.random());

test.skipIf(!isWanted)(`${inFlight} requests in flight live through the deaths of replicas, of the gateway and of the control plane`, async () => {
  const folder = await dataFolder();
  const node = await nodeImage('every-kill', 'slow-replica.ts');
  const port = await freePort('0.0.0.0');
  const env = { ...process.env, NEB_DATA_DIR: folder.path, NEB_PORT: '0', NEB_GATEWAY_PORT: String(port), NEB_GATEWAY_WORKERS: '2', NEB_PLATFORMS: 'docker', NEB_LOG_LEVEL: 'warn', NEB_RATE_LIMIT: 'off' };
  const start = async (): Promise<{ readonly process: ChildProcess; readonly url: string }> => {
    const child = fork(new URL('./serve.ts', import.meta.url), { env, execArgv: [] });
    const [url] = (await once(child, 'message')) as [string];
    return { process: child, url };
  };
  let server = await start();
  const token = readFileSync(`${folder.path}/token`, 'utf8').trim();
  const neb = () => createNeb({ url: server.url, token });
  const service = async () => (await neb().services.get({ namespace: 'storm', name: 'slow' })).status;
  const ask = (method: string, id: string, agent?: Agent): Promise<Result> => new Promise((resolve) => {
    let [status, body] = [undefined as number | undefined, ''];
    const from = performance.now();
    const done = (error?: Error): void => resolve({ id, method, from, to: performance.now(), status, body, error: error?.message });
    const text = method === 'POST' ? id : '';
    request({ host: '127.0.0.1', port, agent, method, path: `/${id}`, headers: { host: 'slow.storm.localhost', authorization: `Bearer ${token}`, ...(text !== '' && { 'content-length': text.length }) } }, (answer) => {
      status = answer.statusCode;
      answer.on('data', (chunk) => (body += String(chunk))).once('end', () => done()).once('error', done);
    }).once('error', done).end(text);
  });

  const deaths: { readonly of: (typeof kills)[number]; readonly at: number }[] = [];
  const kill: Readonly<Record<(typeof kills)[number], () => Promise<void>>> = {
    async replica() {
      const { stdout } = await run('docker', ['ps', '--quiet', '--filter', `ancestor=${node.image}`]);
      const [victim] = stdout.trim().split('\n');
      deaths.push({ of: 'replica', at: performance.now() });
      await run('docker', ['kill', victim!]);
    },
    async gateway() {
      const [victim] = workersIn(folder.path);
      deaths.push({ of: 'gateway', at: performance.now() });
      process.kill(victim!, 'SIGKILL');
    },
    async 'control plane'() {
      deaths.push({ of: 'control plane', at: performance.now() });
      server.process.kill('SIGKILL');
      await once(server.process, 'exit');
      await pause(1_500);
      server = await start();
    },
  };
  try {
    await neb().services.create({
      metadata: { name: 'slow', namespace: 'storm' }, platform: 'docker', min_containers: replicas, max_containers: replicas, hold: '10m',
      container: { image: node.image, env: { SLOWEST_MS: String(slowestMs) }, ports: [8000], volumes: [{ name: 'done', mount: '/done' }] },
    });
    await vi.waitFor(async () => expect((await service()).replicas.ready).toBe(replicas), inTime);

    let next = 0;
    const results: Result[] = [];
    const lane = async (): Promise<void> => {
      // None waits unused, which the gateway would end at last, perhaps just as it is used.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (next < total || deaths.length < kills.length) {
        const n = next++;
        const result = await ask(n % 2 === 0 ? 'GET' : 'POST', `r${n}`, agent);
        results.push(result);
        if (result.error !== undefined) await scattered();
      }
      agent.destroy();
    };
    const lanes = Promise.all(Array.from({ length: inFlight }, () => scattered().then(lane)));
    let isOver = false;
    const all = lanes.then(() => (isOver = true));
    for (let n = 0; !isOver; n += 1) {
      await pause(2_000 + 2_000 * Math.random());
      await kill[kills[n % kills.length]!]();
    }
    await all;

    const whole = results.filter(({ status, error }) => status === 200 && error === undefined);
    for (const { id, method, body } of whole) expect(body).toBe(method === 'POST' ? `${id} ${id}` : `${id} `);
    // The death of a control plane explains nothing.
    const isExplained = ({ from, to }: Result): boolean => deaths.some(({ of, at }) => of !== 'control plane' && at <= to && from <= at + dyingMs);
    const unexplained = results.filter((result) => !whole.includes(result)).filter((result) => !(result.error !== undefined || result.status === 502) || !isExplained(result));
    expect(unexplained.slice(0, 5), JSON.stringify(deaths)).toEqual([]);
    await vi.waitFor(async () => expect((await service()).replicas.ready).toBe(replicas), inTime);
    const done = (await ask('GET', 'done')).body.trim().split('\n');
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done).size).toBe(done.length);
    const did = new Set(done);
    expect(whole.filter(({ id, method }) => method === 'POST' && !did.has(id))).toEqual([]);
    await vi.waitFor(async () => expect((await service()).traffic).toMatchObject({ in_flight: 0, waiting: 0 }), inTime);
    const count = (of: string): number => deaths.filter((death) => death.of === of).length;
    console.log(`${results.length} requests, ${inFlight} at once; deaths: ${kills.map((of) => `${count(of)} of a ${of}`).join(', ')}; ${whole.length} whole, ${results.length - whole.length} failed`);
  } finally {
    await neb().services.delete({ namespace: 'storm', name: 'slow' }).catch(() => undefined);
    await vi.waitFor(async () => expect((await neb().containers.list({ namespace: 'storm' }).all()).filter(({ metadata }) => metadata.deleted_at === undefined)).toEqual([]), inTime).catch(() => undefined);
    server.process.kill('SIGTERM');
    await once(server.process, 'exit');
    await node.remove();
    await folder.remove();
  }
}, 1_200_000);

/** The gateway's processes that serve, which it writes down. */
function workersIn(dataDir: string): readonly number[] {
  const [file] = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => name === 'workers' || name.endsWith('/workers'));
  return readFileSync(join(dataDir, file ?? 'workers'), 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[0]));
}
