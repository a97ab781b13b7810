import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { inProcess } from './in-process.ts';
import type { Ran } from './command.ts';
import { type TestServer, testServer } from './server.ts';

let server: TestServer;
const file = (name: string): string => join(server.dataDir, `${name}.yaml`);
beforeAll(async () => {
  server = await testServer();
  // A dollar a second is asked, and a dollar may be.
  writeFileSync(file('purse'), 'kind: Budget\nmetadata: { name: purse, namespace: shop }\ncounts: price\nlimits: { total: 1 }\nhorizon: 0s\n');
  const job = (name: string): string => `kind: Container\nmetadata: { name: ${name}, namespace: shop }\nimage: busybox\nplatform: memory\nmeters: [{ cost: 3600, unit: hour, currency: USD }]\n`;
  for (const name of ['job', 'late']) writeFileSync(file(name), job(name));
  writeFileSync(file('followed'), `${readFileSync(file('purse'), 'utf8')}---\n${job('followed')}`.replaceAll('namespace: shop', 'namespace: alone'));
  // A dollar a second and replica.
  writeFileSync(file('web'), `kind: Budget
metadata: { name: purse, namespace: web }
counts: price
limits: { total: 1000000 }
horizon: 0s
steps: [{ at: '50%', do: scale_to_minimum }]
---
kind: Service
metadata: { name: front, namespace: web }
container: { image: busybox, platform: memory }
min_replicas: 1
max_replicas: 3
drain: 0s
meters: [{ cost: 3600, unit: hour, currency: USD }]
`);
}, 120_000);
afterAll(() => server[Symbol.asyncDispose]());

const neb = (line: string): Promise<Ran> => inProcess(line.split(' '), { env: { HOME: server.dataDir, NEB_SERVER: server.url, NEB_TOKEN: server.token, NO_COLOR: '1', LANG: 'C.UTF-8' } });

test('what a budget stops, and what it lets not start, ends with exit code 6', async () => {
  expect(await neb(`create -f ${file('purse')}`)).toMatchObject({ code: 0 });
  expect((await neb('get budgets -n shop')).stdout).toMatch(/^NAMESPACE +NAME +OF +STATUS +SPENT +LIMIT +PER +PER HOUR +PROJECTED +AGE\nshop +purse +namespace +within /);
  expect(await neb(`create -f ${file('job')} -d`)).toMatchObject({ code: 0 });
  expect(await neb('wait container job -n shop --for=completed')).toMatchObject({ code: 6, stderr: expect.stringMatching(/container shop\/job was stopped by a budget: budget shop\/purse: \$[\d.]+ of \$1 is spent in all, at \$3600\/h/) });
  expect(await neb('wait container job -n shop --for=ended')).toMatchObject({ code: 0 });
  expect(await neb('logs job -n shop -f --exit-code')).toMatchObject({ code: 6 });
  expect(await neb(`create -f ${file('late')} --wait`)).toMatchObject({ code: 6, stderr: expect.stringContaining('budget shop/purse lets nothing start that costs') });
  const shown = await neb('describe budget purse -n shop');
  expect(shown.stdout).toMatch(/Status: +stop\n/);
  expect(shown.stdout).toContain('BudgetStops');
  expect(await neb('create budget other -n shop')).toMatchObject({ code: 2, stderr: expect.stringContaining('a budget needs a file') });
  expect(await neb('delete budget purse -n shop -y --wait')).toMatchObject({ code: 0 });
  expect(await neb(`create -f ${file('late')} --wait`)).toMatchObject({ code: 0 });
}, 120_000);

test('whoever follows the log of what a budget stops ends with exit code 6', async () => {
  expect(await neb(`create -f ${file('followed')}`)).toMatchObject({ code: 0 });
  expect(await neb('logs followed -n alone -f --exit-code')).toMatchObject({ code: 6 });
  const { status } = await server.neb.containers.get({ namespace: 'alone', name: 'followed' });
  expect(status).toMatchObject({ status: 'stopped', reason: 'BudgetReached' });
}, 60_000);

test('a budget takes a running service to its fewest replicas, and lets it back once more is allowed', async () => {
  const replicas = async (): Promise<number> => (await server.neb.containers.list({ namespace: 'web' }).page()).items.filter(({ status }) => status.status === 'running' || status.status === 'creating').length;
  const step = async (): Promise<string> => (await server.neb.budgets.get({ namespace: 'web', name: 'purse' })).status.status;
  expect(await neb(`create -f ${file('web')}`)).toMatchObject({ code: 0 });
  expect(await neb('scale service front -n web --replicas 3')).toMatchObject({ code: 0 });
  const settles = async (limit: string, becomes: readonly [step: string, replicas: number]): Promise<void> => {
    writeFileSync(file('limit'), readFileSync(file('web'), 'utf8').split('---')[0]!.replace('1000000', limit));
    expect(await neb(`apply -f ${file('limit')}`)).toMatchObject({ code: 0 });
    await vi.waitFor(async () => expect([await step(), await replicas()]).toEqual(becomes), { timeout: 60_000, interval: 200 });
  };
  await settles('1000000', ['within', 3]);
  await settles('1', ['scale_to_minimum', 1]);
  await settles('1000000', ['within', 3]);
  expect((await server.neb.services.get({ namespace: 'web', name: 'front' })).status).toMatchObject({ pinned: 3 });
}, 150_000);
