import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bookkeeping, runpodCloud } from '@neb/cloud-simulator';
import { costOf, fraction, parseMoney, systemClock, systemRandom } from '@neb/core-types';
import { seededRandom } from '@neb/core-types/testing';
import { createNeb, type Neb } from '@neb/sdk';
import { expect, test, vi } from 'vitest';
import { postgresServer } from './postgres-server.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';

const rounds = Math.max(1, Math.round(Number(process.env['NEB_TEST_ROUNDS'] ?? 20) / 10));
const seed = Number(process.env['NEB_TEST_SEED'] ?? Math.floor(fraction(systemRandom) * 2 ** 32));
/** A dollar a second: what a budget of dollars is spent in seconds. */
const perHour = '3600';
const tickMs = 30_000;
const limit = 8;

interface Side extends ServerProcess {
  readonly neb: () => Promise<Neb>;
}

test(`beyond a hard budget goes no more than one tick of what runs costs, whichever of two servers is killed when (seed ${seed}, ${rounds} rounds)`, async () => {
  const chance = seededRandom(seed);
  await using open = new AsyncDisposableStack();
  const database = open.use(await postgresServer());
  const cloud = open.use(await runpodCloud({ machinery: bookkeeping({ clock: { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) } }) }));
  cloud.catalogue.setPrice('NVIDIA L4', Number(perHour));
  const side = async (): Promise<Side> => {
    const dataDir = await mkdtemp(join(tmpdir(), 'neb-budgets-'));
    open.defer(() => rm(dataDir, { recursive: true, force: true }));
    const server = await serverProcess(dataDir, { DATABASE_URL: database.url, NEB_ENCRYPTION_KEY: 'a key for two servers, which is long enough', NEB_PLATFORMS: 'runpod', RUNPOD_API_KEY: cloud.apiKey, NEB_RUNPOD_URL: cloud.url, NEB_GATEWAY_PORT: '0' });
    open.defer(() => server.stop());
    server.start();
    await server.ready(60_000);
    return { ...server, neb: async () => createNeb({ url: server.url, token: (await readFile(join(dataDir, 'token'), 'utf8')).trim() }) };
  };
  const sides = [await side(), await side()] as const;
  const beyond: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [dies, lives] = round % 2 === 0 ? sides : [sides[1], sides[0]];
    const namespace = `r${round}`;
    const neb = await lives.neb();
    await (await dies.neb()).apply([{ kind: 'Budget', metadata: { name: 'purse', namespace }, limits: { total: limit }, horizon: '0s' }]);
    await neb.apply(['one', 'two'].map((name) => ({ kind: 'Container', metadata: { name, namespace }, image: 'x', platform: 'runpod', accelerators: ['1:L4'] })));
    await vi.waitFor(async () => expect((await neb.budgets.get({ namespace, name: 'purse' })).status.rate).toBe('7200'), { timeout: 60_000, interval: 50 });
    await sleep(fraction(chance) * 4_500);
    await dies.kill();
    await vi.waitFor(async () => expect((await neb.containers.list({ namespace }).page()).items.map(({ status }) => status.status)).toEqual(['stopped', 'stopped']), { timeout: 120_000, interval: 200 });
    const { items } = await neb.containers.list({ namespace }).page();
    const spent = items.reduce((sum, { status: { attempt } }) => sum + Number(parseMoney(costOf(perHour, Date.parse(attempt!.ended_at!) - Date.parse(attempt!.billed_from!)))), 0);
    beyond.push(spent / 1e9 - limit);
    dies.start();
    await dies.ready(60_000);
  }
  console.log(`budgets: $${Math.max(...beyond).toFixed(2)} at most beyond $${limit}, at $2 a second, over ${rounds} rounds`);
  expect(beyond.every((dollars) => dollars >= 0)).toBe(true);
  expect(Math.max(...beyond)).toBeLessThanOrEqual(2 * Number(costOf(perHour, tickMs)));
}, 60_000 * rounds + 120_000);
