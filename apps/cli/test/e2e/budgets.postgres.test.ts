import { bookkeeping, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { costOf, isNebError, parseMoney, systemClock } from '@neb/core-types';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { postgresServer } from '../crash/postgres-server.ts';
import { type TestServer, testServer } from './server.ts';

/** A dollar a second: what a budget of dollars is spent in seconds. */
const fast = { accelerators: ['1:H200_SXM'], perHour: '3600' };
const tickMs = 30_000;
const open = new AsyncDisposableStack();
let a: TestServer;
let b: TestServer;
let cloud: RunpodCloud;
beforeAll(async () => {
  const database = open.use(await postgresServer());
  cloud = open.use(await runpodCloud({ machinery: bookkeeping({ clock: { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) } }) }));
  cloud.catalogue.setPrice('NVIDIA L4', 3);
  cloud.catalogue.setPrice('NVIDIA H200', Number(fast.perHour));
  const env = { DATABASE_URL: database.url, NEB_ENCRYPTION_KEY: 'a key for two servers, which is long enough', NEB_PLATFORMS: 'runpod', RUNPOD_API_KEY: cloud.apiKey, NEB_RUNPOD_URL: cloud.url };
  a = open.use(await testServer(env));
  b = open.use(await testServer(env));
}, 120_000);
afterAll(() => open.disposeAsync());

const container = (namespace: string, name: string, more: object = {}): object => ({ kind: 'Container', metadata: { name, namespace }, image: 'x', platform: 'runpod', accelerators: ['1:L4'], ...more });
const budget = (namespace: string, more: object): object => ({ kind: 'Budget', metadata: { name: 'purse', namespace }, ...more });
const nanos = (text: string): number => Number(parseMoney(text));

test('of 50 that are created at once at two servers exactly those are let in that can be paid for', async () => {
  await a.neb.apply([budget('shop', { limits: { total: 2.6 } })]);
  // Each has to be paid for 10 minutes ahead: 50 cents.
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? a : b).neb.apply([container('shop', `c${n}`)])));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(isNebError(outcome.reason, 'quota') && outcome.reason.message).toMatch(/budget shop\/purse does not allow it: at most \$15\.\d+\/h can be paid for, \$15\/h of it is taken, and this asks for \$3\/h/);
  await vi.waitFor(() => expect(cloud.pods().filter(({ status }) => status === 'RUNNING')).toHaveLength(5), { timeout: 60_000, interval: 200 });
  expect(cloud.exchanges.filter(({ operation, status }) => operation === 'createPod' && status < 300)).toHaveLength(5);
}, 120_000);

test('beyond a hard budget goes no more than one tick of what runs costs, though the server that looked is gone', async () => {
  await a.neb.apply([budget('fast', { limits: { total: 8 }, horizon: '0s' })]);
  await b.neb.apply([container('fast', 'one', { accelerators: fast.accelerators }), container('fast', 'two', { accelerators: fast.accelerators })]);
  await vi.waitFor(async () => expect((await a.neb.budgets.get({ namespace: 'fast', name: 'purse' })).status.rate).toBe('7200'), { timeout: 60_000, interval: 50 });
  await a.stop();
  await vi.waitFor(async () => expect((await b.neb.containers.list({ namespace: 'fast' }).page()).items.map(({ status }) => [status.status, status.reason])).toEqual([['stopped', 'BudgetReached'], ['stopped', 'BudgetReached']]), { timeout: 120_000, interval: 200 });
  const { items } = await b.neb.containers.list({ namespace: 'fast' }).page();
  const spent = items.reduce((sum, { status: { attempt } }) => sum + nanos(costOf(fast.perHour, Date.parse(attempt!.ended_at!) - Date.parse(attempt!.billed_from!))), 0);
  expect(spent).toBeGreaterThanOrEqual(8e9);
  expect(spent - 8e9).toBeLessThanOrEqual(2 * nanos(costOf(fast.perHour, tickMs)));
  expect((await b.neb.budgets.get({ namespace: 'fast', name: 'purse' })).status).toMatchObject({ status: 'stop', limit: '8' });
  await expect(b.neb.apply([container('fast', 'late', { accelerators: fast.accelerators })])).rejects.toMatchObject({ code: 'quota' });
}, 180_000);
