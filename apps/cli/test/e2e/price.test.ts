import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bookkeeping, type RunpodCloud, runpodCloud } from '@neb/cloud-simulator';
import { systemClock } from '@neb/core-types';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inProcess, type InProcessOptions } from './in-process.ts';
import type { Ran } from './command.ts';
import { type TestServer, testServer } from './server.ts';

let cloud: RunpodCloud;
let server: TestServer;
beforeAll(async () => {
  cloud = await runpodCloud({ machinery: bookkeeping({ clock: { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) } }) });
  server = await testServer({ NEB_PLATFORMS: 'memory,runpod', RUNPOD_API_KEY: cloud.apiKey, NEB_RUNPOD_URL: cloud.url });
});
beforeEach(() => cloud.faults.clear());
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

function neb(line: string, options: Partial<InProcessOptions> = {}): Promise<Ran> {
  return inProcess(line.split(' '), { env: { HOME: server.dataDir, NEB_SERVER: server.url, NEB_TOKEN: server.token, NO_COLOR: '1', LANG: 'C.UTF-8' }, ...options });
}

const l4 = '--image x --accelerators 1:L4 -d';

test('a terminal shows what it will cost, and buys nothing without a yes', async () => {
  const refused = await neb(`create container no ${l4}`, { terminal: true, stdin: 'n\n' });
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('no: 1:L4 on runpod (EU-RO-1) at $0.39/h\nStart it? [y/N] ') });
  expect((await neb('get containers')).stdout).not.toContain('no');
  expect(cloud.exchanges.filter(({ operation }) => operation === 'createPod')).toEqual([]);

  expect(await neb(`create container yes ${l4}`, { terminal: true, stdin: 'y\n' })).toMatchObject({ code: 0, stderr: expect.stringContaining('Start it? [y/N] ') });
  await server.neb.containers.wait({ name: 'yes' }, { timeoutMs: 15_000 });
});

test.each([
  ['that costs without an accelerator too', 'create container cpu --image x --platform runpod -d', true],
  ['that is agreed to beforehand', `create container agreed ${l4} -y`, false],
  ['that costs nothing', 'create container free --image x --platform memory -d', false],
])('what asks, and what does not: a launch %s', async (_, line, asks) => {
  const { stderr } = await neb(line, { terminal: true, stdin: 'n\n' });
  expect(stderr.includes('Start it?')).toBe(asks);
});

test('a script is not asked', async () => {
  expect(await neb(`create container script ${l4}`)).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Start it?') });
});

test('people are told what an hour and a day cost, and in the end what it came to; programs are not', async () => {
  const costs = 'about $0.39/h, $9.36/day';
  expect(await neb(`create container told ${l4} --wait`)).toMatchObject({ code: 0, stderr: expect.stringContaining(`container/told: ${costs}\n`) });
  for (const quiet of ['-q', '-o json']) expect(await neb(`create container told-${quiet.length} ${l4} ${quiet}`)).toMatchObject({ code: 0, stderr: expect.not.stringContaining('about') });
  expect((await neb('create container free --image x --platform memory')).stderr).not.toContain('about');
  writeFileSync(join(server.dataDir, 'chat.yaml'), 'kind: Service\nmetadata: { name: chat }\nmin_replicas: 0\ncontainer: { image: x, accelerators: ["1:L4"] }\nmeters: [{ costp: 100, unit: hour, currency: USD }, { cost: 1, unit: request, metric: requests, currency: USD }]\n');
  expect(await neb(`create -f ${join(server.dataDir, 'chat.yaml')}`)).toMatchObject({ code: 0, stderr: expect.stringContaining('service/chat: about $0.78/h, $18.72/day for each replica, and what is counted\n') });
  expect((await neb('delete service chat')).stderr).toBe('');
  await expect.poll(async () => (await neb('get container told -o json')).stdout, { timeout: 10_000 }).toMatch(/"spent": "0\.\d*[1-9]/);
  const { stdout, stderr } = await neb('delete container told');
  expect(stdout).toBe('container/told is being deleted\n');
  expect(stderr).toMatch(/^container\/told: it ran \S+ and cost \$0\.0\d+\n$/);
  expect((await neb('delete container told-7 -q')).stderr).toBe('');
}, 60_000);

test('what tries cost that came to nothing is in the event, in explain and in describe, and the container fails with what to do', async () => {
  cloud.faults.add({ kind: 'price_change', factor: 1e5 });
  expect(await neb(`create container dear ${l4} --max-price 1 --retry-max-cost 0 --restart OnFailure`)).toMatchObject({ code: 0 });
  await expect.poll(async () => (await server.neb.containers.get({ name: 'dear' })).status.status, { timeout: 20_000 }).toBe('failed');
  const explained = (await neb('explain container dear')).stdout;
  expect(explained).toMatch(/Why: +not tried again: tries that came to nothing cost \$[\d.]+, which reaches retry\.max_cost of \$0; raise it to go on; the last: costs \$39000\/h where max_price is \$1/);
  expect(explained).toMatch(/Wasted: +\$[\d.]+ of \$0 that tries may cost that come to nothing/);
  expect(explained).toContain('RetryCost');
  expect((await neb('describe container dear')).stdout).toMatch(/COST +WHY\n.*\$39000\/h +\$[\d.]+ +costs \$39000\/h/);
  expect(cloud.exchanges.filter(({ operation, requestBody }) => operation === 'createPod' && JSON.stringify(requestBody).includes('dear')).length).toBeLessThanOrEqual(1);
}, 60_000);

test('explain shows of one that is to be moved where it is cheaper what a move would bring, and why it stays', async () => {
  await server.neb.containers.create({ metadata: { name: 'stays' }, image: 'x', platform: 'memory', migrate: { when_cheaper_by: '30%' } });
  await server.neb.containers.wait({ name: 'stays' }, { timeoutMs: 15_000 });
  const { stdout } = await neb('explain container stays');
  expect(stdout).toMatch(/Move\n +Here: +memory \(here\) at \$0\/h\n +There: +nowhere\n +Takes: +31s, /);
  expect(stdout).toMatch(/Decision: +stays: .*runpod does not go on from snapshots of memory/);
  const { move } = JSON.parse((await neb('explain container stays -o json')).stdout) as { readonly move: object };
  expect(move).toMatchObject({ decision: 'stay', here: { platform: 'memory', price_per_hour: '0' }, takes: { known: 'assumed' } });
  expect((await neb('explain container none')).code).toBe(3);
  await server.neb.containers.delete({ name: 'stays' });
}, 60_000);
